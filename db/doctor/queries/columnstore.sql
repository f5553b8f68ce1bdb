select 'the Apache-2 edition has no columnstore: a trade takes about 180 bytes, not 15'
