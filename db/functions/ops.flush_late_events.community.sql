-- In the server and not in the loader, as a frozen loader would hold what others wait for. Each run
-- of minutes is a transaction and so a range of its own; one session moves at a time.
create or replace procedure ops.flush_late_events(inout rejected integer default 0)
language plpgsql
as $$
declare
    run_end timestamptz;
begin
    loop
        commit;
        -- The loader's isolation level and locks; these are taken before the snapshot.
        set transaction isolation level repeatable read;
        lock table ops.kafka_offsets in row exclusive mode;
        lock table ops.late_events in share update exclusive mode;
        select min(date_bin('1 minute', late.ts, '2000-01-01 00:00+00')) + interval '1 minute'
        into run_end
        from ops.late_events as late
        where not exists (
            select from ops.late_events as next
            where date_bin('1 minute', next.ts, '2000-01-01 00:00+00')
                = date_bin('1 minute', late.ts, '2000-01-01 00:00+00') + interval '1 minute'
        );
        exit when run_end is null;
        select
            rejected + ops.reject_late_events(
                coalesce(array_agg(late.id), '{}'), 'too late',
                coalesce(array_agg(format(
                    '%s: %s',
                    to_char(late.ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    limits.sentence
                )), '{}')
            )
        into rejected
        from ops.late_events as late
        inner join ops.age_limits as limits on limits.relation = late.kind || 's'
        where late.ts < run_end and late.ts < limits.since and not late.ts <@ limits.held;
        rejected := rejected + ops.store_late_events(array(
            select late.id from ops.late_events as late where late.ts < run_end order by late.id
        ));
    end loop;
end $$;

comment on procedure ops.flush_late_events is
'Moves what waits in ops.late_events to its relations and ops.rejects, a run of minutes at a time.';

revoke execute on procedure ops.flush_late_events from public;
grant execute on procedure ops.flush_late_events to stockpulse_loader;
