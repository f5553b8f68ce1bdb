-- Events written under this setting invalidate no candles.
select
    format(
        'timescaledb.skip_cagg_invalidation is on for %s',
        coalesce('role ' || rolname, 'database ' || datname, 'every role')
    )
from pg_catalog.pg_db_role_setting
left join pg_catalog.pg_roles on setrole = pg_roles.oid
left join pg_catalog.pg_database on setdatabase = pg_database.oid
where
    setconfig && '{timescaledb.skip_cagg_invalidation=on,timescaledb.skip_cagg_invalidation=true}'
    and (setdatabase = 0 or datname = current_database())
