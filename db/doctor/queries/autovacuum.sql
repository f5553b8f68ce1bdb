with relations as (
    select
        pg_class.oid,
        reloptions,
        n_dead_tup,
        n_live_tup
    from pg_catalog.pg_class
    left join pg_catalog.pg_stat_all_tables on pg_class.oid = relid
    where
        relkind = 'r'
        and relnamespace::regnamespace::text
        in ('market', 'ops', '_timescaledb_internal', '_timescaledb_catalog')
)
select 'autovacuum is off'
where current_setting('autovacuum') = 'off'
union all
select format('autovacuum is off for %s', oid::regclass)
from relations
where reloptions && '{autovacuum_enabled=false,autovacuum_enabled=off}'
union all
select format('%s has %s dead rows and %s live ones', oid::regclass, n_dead_tup, n_live_tup)
from relations
where n_dead_tup > 100000 + n_live_tup / 2
union all
select format('the oldest unfrozen row is %s transactions old', age(datfrozenxid))
from pg_catalog.pg_database
where
    datname = current_database()
    and age(datfrozenxid) > 2 * current_setting('autovacuum_freeze_max_age')::bigint
