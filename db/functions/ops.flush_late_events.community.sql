-- In the server and not in the loader, as a frozen loader would hold what others wait for. Each run
-- of minutes is a transaction and so a range of its own; one session moves at a time.
create or replace procedure ops.flush_late_events(inout rejected integer default 0)
language plpgsql
as $$
declare
    run_end timestamptz;
    too_late integer;
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
        with taken as (
            delete from ops.late_events as late
            using ops.retention_floors as floors
            where late.ts < run_end and floors.relation = late.kind || 's' and late.ts < floor_ts
            returning late.*, floor_ts
        )
        insert into ops.rejects
        (topic, "partition", "offset", "key", "value", source, reason, detail)
        select
            taken.topic, taken."partition", taken."offset", taken."key", taken."value",
            taken.source_header, 'too late',
            format(
                '%s is before %s, the oldest %s kept',
                to_char(taken.ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                to_char(taken.floor_ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                taken.kind
            )
        from taken;
        get diagnostics too_late = row_count;
        rejected := rejected + too_late + ops.store_late_events(array(
            select late.id from ops.late_events as late where late.ts < run_end order by late.id
        ));
    end loop;
end $$;

comment on procedure ops.flush_late_events is
'Moves what waits in ops.late_events to its relations and ops.rejects, a run of minutes at a time.';

revoke execute on procedure ops.flush_late_events from public;
grant execute on procedure ops.flush_late_events to stockpulse_loader;
