select format('timescaledb is in the schema %s, and StockPulse calls it in public', nspname)
from pg_catalog.pg_extension
inner join pg_catalog.pg_namespace on extnamespace = pg_namespace.oid
where extname = 'timescaledb' and nspname <> 'public'
