-- The newest run of each kind; later slots are those of a clock that was ahead. A run goes on as
-- long as a session holds the lock of its history; without it, the process was killed.
select distinct on (history, kind)
    history,
    kind,
    case
        when state = 'running' and not exists (
            select
            from pg_locks
            where locktype = 'advisory'
                and pg_locks.database = (
                    select oid from pg_database where datname = current_database()
                )
                and classid = %(lock_class)s
                and objid = (hashtext(history)::bigint & 4294967295)::oid
                and objsubid = 2
        ) then 'killed'
        else state
    end as state,
    coalesce(ended_at, started_at) as ran_at,
    next_at,
    result
from ops.update_runs
where slot <= now()
order by history, kind, slot desc, started_at desc
