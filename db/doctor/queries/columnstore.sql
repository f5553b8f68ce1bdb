select 'the Apache-2 edition has no columnstore: a tick takes about 120 bytes instead of 15'
