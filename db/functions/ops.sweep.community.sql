-- Refreshes history that was loaded, or arrived late, before the range of the scheduled refreshes.
-- It never reaches below the retention floors, because no slice does, and ops.apply_retention()
-- drops nothing while it runs.
create or replace procedure ops.sweep(job_id integer default null, config jsonb default null)
language plpgsql
as $$
declare
    deadline timestamptz := clock_timestamp()
        + coalesce((config ->> 'longest')::interval, interval '20 minutes');
    target record;
    slice record;
begin
    if not pg_try_advisory_lock_shared(hashtext('ops.retention_floors')) then
        return;
    end if;
    -- Aggregated once, not chunk by chunk and then again: twice as fast.
    set timescaledb.enable_chunkwise_aggregation = off;
    for target in
        select
            lifecycle.level,
            lifecycle.child,
            ops.relation_of(lifecycle.level) as relation,
            now() - lifecycle.refresh_start as until
        from ops.lifecycle
        where lifecycle.child is not null
        order by lifecycle."position"
    loop
        -- A sequential scan of a child looks up its watermark once per row, an index scan once.
        perform set_config(
            'enable_seqscan', case target.child when 'ticks' then 'on' else 'off' end, false
        );
        for slice in
            select slices.since, slices.until
            from ops.candle_slices(target.level, last_ts => target.until) as slices
        loop
            exit when clock_timestamp() > deadline;
            call public.refresh_continuous_aggregate(
                target.relation, slice.since, slice.until, options => '{"buckets_per_batch": 0}'
            );
        end loop;
        exit when clock_timestamp() > deadline;
        call ops.analyze_slices(target.level);
    end loop;
    reset timescaledb.enable_chunkwise_aggregation;
    reset enable_seqscan;
    perform pg_advisory_unlock_shared(hashtext('ops.retention_floors'));
end $$;

comment on procedure ops.sweep is
'Refreshes candles that changed before the range of the scheduled refreshes, for a limited time.';
