select 'the Apache-2 edition has no columnstore: a trade takes about 150 bytes instead of 20'
