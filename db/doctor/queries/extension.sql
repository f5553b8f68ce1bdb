select
    'timescaledb is ' || %(timescaledb)s || ' in this database; the server has ' || default_version
from pg_catalog.pg_available_extensions
where name = 'timescaledb' and default_version <> %(timescaledb)s
