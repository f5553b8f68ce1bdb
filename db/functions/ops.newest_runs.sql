-- Later slots are those of a clock that was ahead. A run goes on as long as a session holds the
-- lock of its history (LOCK_CLASS of ingest.updates.ledger); without it, the process was killed. A
-- standby does not see the locks of its primary.
create or replace function ops.newest_runs()
returns table (
    history text, kind text, state text, ran_at timestamptz, next_at timestamptz, result text
)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select distinct on (history, kind)
        history,
        kind,
        case
            when state = 'running' and not pg_is_in_recovery() and not exists (
                select
                from pg_locks
                where locktype = 'advisory'
                    and pg_locks.database = (
                        select oid from pg_database where datname = current_database()
                    )
                    and classid = 7302
                    and objid = (hashtext(history)::bigint & 4294967295)::oid
                    and objsubid = 2
            ) then 'killed'
            else state
        end,
        coalesce(ended_at, started_at),
        next_at,
        result
    from ops.update_runs
    where slot <= now()
    order by history, kind, slot desc, started_at desc
$$;

comment on function ops.newest_runs is
'The newest run of each kind of every history that is kept up to date.';
