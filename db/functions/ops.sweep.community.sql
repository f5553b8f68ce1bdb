-- History that was loaded, or came late, beyond the reach of the scheduled refreshes. No slice
-- reaches below the floors; ops.apply_retention() drops nothing meanwhile.
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
            lifecycle.relation,
            lifecycle.child = lifecycle.kind as is_lowest,
            ops.relation_of(lifecycle.relation) as market_relation,
            now() - lifecycle.refresh_start as until
        from ops.lifecycle
        where lifecycle.child is not null
        order by lifecycle."position"
    loop
        -- A sequential scan of a child computes its watermark for every row, an index scan once.
        perform set_config(
            'enable_seqscan', case when target.is_lowest then 'on' else 'off' end, false
        );
        for slice in
            select slices.since, slices.until
            from ops.candle_slices(target.relation, last_ts => target.until) as slices
        loop
            exit when clock_timestamp() > deadline;
            call public.refresh_continuous_aggregate(
                target.market_relation, slice.since, slice.until,
                options => '{"buckets_per_batch": 0}'
            );
        end loop;
        exit when clock_timestamp() > deadline;
        call ops.analyze_slices(target.relation);
    end loop;
    reset timescaledb.enable_chunkwise_aggregation;
    reset enable_seqscan;
    perform pg_advisory_unlock_shared(hashtext('ops.retention_floors'));
end $$;

comment on procedure ops.sweep is
'Refreshes what changed before the reach of the scheduled refreshes, for a limited time.';
