with versions as (
    select
        split_part(%(postgres)s, '.', 1)::int as postgres,
        %(timescaledb)s::text as timescaledb,
        string_to_array(substring(%(timescaledb)s from '^[0-9.]+'), '.')::int [] as parts,
        %(kind)s::text as kind
)
select 'PostgreSQL ' || postgres || ' is not supported; 16 to 18 are'
from versions
where postgres not between 16 and 18
union all
select 'TimescaleDB ' || timescaledb || ' Community is older than 2.29.2'
from versions
where kind = 'community' and parts < '{2, 29, 2}'
union all
select 'TimescaleDB ' || timescaledb || ' Apache-2 is older than 2.19.3'
from versions
where kind = 'apache' and parts < '{2, 19, 3}'
