-- Here and not in the loader, as one that is frozen would hold what others wait for. Each run of
-- minutes is a transaction and so a range of its own; there is one mover at a time.
create or replace procedure ops.flush_late_ticks(inout rejected integer default 0)
language plpgsql
as $$
declare
    until timestamptz;
    oldest_kept timestamptz;
    too_late integer;
begin
    loop
        commit;
        -- The loader's isolation level and locks; these go before the snapshot.
        set transaction isolation level repeatable read;
        lock table ops.kafka_offsets in row exclusive mode;
        lock table ops.late_ticks in share update exclusive mode;
        select min(date_bin('1 minute', late.ts, '2000-01-01 00:00+00')) + interval '1 minute'
        into until
        from ops.late_ticks as late
        where not exists (
            select from ops.late_ticks as next
            where date_bin('1 minute', next.ts, '2000-01-01 00:00+00')
                = date_bin('1 minute', late.ts, '2000-01-01 00:00+00') + interval '1 minute'
        );
        exit when until is null;
        oldest_kept := coalesce(
            (select floor_ts from ops.retention_floors where level = 'ticks'), '-infinity'
        );
        insert into ops.rejects
        (topic, "partition", "offset", "key", "value", source, reason, detail)
        select
            late.topic, late."partition", late."offset", late."key", late."value",
            late.source_header, 'too late',
            format(
                '%s is before %s, the oldest tick kept',
                to_char(late.ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                to_char(oldest_kept at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            )
        from ops.late_ticks as late
        where late.ts < least(until, oldest_kept);
        get diagnostics too_late = row_count;
        rejected := rejected + too_late + ops.store_late_ticks(array(
            select late.id from ops.late_ticks as late
            where late.ts < until and late.ts >= oldest_kept
            order by late.id
        ));
        delete from ops.late_ticks where ts < until;
    end loop;
end $$;

comment on procedure ops.flush_late_ticks is
'Moves what waits in ops.late_ticks to market.ticks and ops.rejects, a run of minutes at a time.';

revoke execute on procedure ops.flush_late_ticks from public;
grant execute on procedure ops.flush_late_ticks to stockpulse_loader;
