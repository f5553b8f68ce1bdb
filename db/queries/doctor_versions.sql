with versions as (
    select
        current_setting('server_version_num')::int / 10000 as postgres,
        extversion,
        string_to_array(substring(extversion from '^[0-9.]+'), '.')::int [] as parts,
        current_setting('timescaledb.license') = 'apache' as is_apache
    from pg_catalog.pg_extension
    where extname = 'timescaledb'
)
select format('PostgreSQL %s is not one of 16 to 18', postgres)
from versions
where postgres not between 16 and 18
union all
select format('TimescaleDB %s Community is older than 2.29.2', extversion)
from versions
where not is_apache and parts < '{2, 29, 2}'
union all
select format('TimescaleDB %s Apache-2 is older than 2.19.3', extversion)
from versions
where is_apache and parts < '{2, 19, 3}'
