select
    extversion,
    split_part(current_setting('server_version'), ' ', 1)
from pg_catalog.pg_extension
where extname = 'timescaledb'
