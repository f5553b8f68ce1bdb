select format('timescaledb is %s here, the server has %s', installed_version, default_version)
from pg_catalog.pg_available_extensions
where name = 'timescaledb' and installed_version <> default_version
