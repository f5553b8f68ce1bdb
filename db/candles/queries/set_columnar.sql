-- Has no effect before TimescaleDB 2.25, which does not have the setting.
select set_config(name, %(columnar)s::boolean::text, false)
from pg_catalog.pg_settings
where name = 'timescaledb.enable_direct_compress_on_cagg_refresh'
