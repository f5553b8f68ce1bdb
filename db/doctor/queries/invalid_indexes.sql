select format('the index %s is invalid', indexrelid::regclass)
from pg_catalog.pg_index
inner join pg_catalog.pg_class on pg_index.indexrelid = pg_class.oid
where
    not (indisvalid and indisready)
    and relnamespace::regnamespace::text
    in ('market', 'ops', '_timescaledb_internal', '_timescaledb_catalog')
