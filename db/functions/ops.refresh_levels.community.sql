-- Children before parents, the oldest slice first: what the watermark of a level passes is stored,
-- so that no candle which was shown is hidden.
create or replace procedure ops.refresh_levels(deadline timestamptz)
language plpgsql
as $$
declare
    target record;
    slice record;
    tail_at timestamptz := clock_timestamp();
begin
    -- Aggregated once, not chunk by chunk and then again: twice as fast.
    set timescaledb.enable_chunkwise_aggregation = off;
    for target in
        select
            lifecycle.relation,
            lifecycle.child = lifecycle.kind as is_lowest,
            lifecycle.live,
            ops.store_of(lifecycle.relation) as store,
            public.time_bucket(lifecycle.width, now() - lifecycle.refresh_end) as until,
            refreshed.until as refreshed_until
        from ops.lifecycle
        left join ops.refreshed using (relation)
        where lifecycle.child is not null
        order by lifecycle."position"
    loop
        exit when clock_timestamp() > deadline;
        continue when target.live and not ops.start_live_level(target.relation, target.until);
        commit;
        -- No bucket has been closed since the last run, and nothing that is stored has changed.
        continue when target.until <= target.refreshed_until
            and not ops.is_behind(target.relation);
        -- A sequential scan of a child computes its watermark for every row, an index scan once.
        perform set_config(
            'enable_seqscan', case when target.is_lowest then 'on' else 'off' end, false
        );
        for slice in
            select slices.since, slices.until
            from ops.candle_slices(target.relation) as slices
        loop
            exit when clock_timestamp() > deadline;
            call public.refresh_continuous_aggregate(
                target.store, slice.since, slice.until,
                options => '{"buckets_per_batch": 0}'
            );
            if clock_timestamp() > tail_at + interval '3 seconds' then
                call ops.refresh_tail();
                tail_at := clock_timestamp();
            end if;
        end loop;
        exit when clock_timestamp() > deadline;
        call ops.refresh_gaps(target.relation);
        insert into ops.refreshed values (target.relation, target.until)
        on conflict (relation) do update set until = excluded.until;
        commit;
        call ops.analyze_slices(target.relation);
    end loop;
    reset timescaledb.enable_chunkwise_aggregation;
    reset enable_seqscan;
end $$;

comment on procedure ops.refresh_levels is
'Refreshes what changed in closed buckets of every level, until the deadline.';
