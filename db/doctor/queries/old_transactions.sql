-- They keep vacuum from removing any row that was deleted since, and hold their locks.
select
    format(
        'session %s (%s) has had a transaction open since %s',
        pid,
        coalesce(nullif(application_name, ''), usename),
        to_char(xact_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
    )
from pg_catalog.pg_stat_activity
where
    datname = current_database()
    and backend_type = 'client backend'
    and xact_start < now() - interval '6 hours'
union all
select
    format(
        'transaction %s was prepared at %s and is neither committed nor rolled back',
        gid,
        to_char(prepared at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
    )
from pg_catalog.pg_prepared_xacts
where database = current_database() and prepared < now() - interval '1 hour'
