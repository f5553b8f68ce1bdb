-- The last day, of which only what changed is made. What was stored stays below the watermarks that
-- this moves. It waits until history that was loaded into an empty database is stored: they would
-- hide that.
create or replace procedure ops.refresh_tail()
language plpgsql
as $$
declare
    target record;
begin
    for target in
        select
            lifecycle.relation,
            lifecycle.live,
            ops.store_of(lifecycle.relation) as store,
            marks.watermark,
            public.time_bucket(lifecycle.width, now() - lifecycle.refresh_end) as until,
            greatest(
                ops.first_bucket(lifecycle.relation),
                least(
                    marks.watermark,
                    public.time_bucket(lifecycle.width, now() - interval '24 hours')
                )
            ) as since
        from ops.lifecycle
        inner join ops.watermarks as marks using (relation)
        where lifecycle.child is not null
        order by lifecycle."position"
    loop
        if target.live then
            continue when not ops.start_live_level(target.relation, target.until);
            commit;
            call ops.refresh_gaps(target.relation);
        elsif isfinite(target.watermark) and target.since < target.until then
            call public.refresh_continuous_aggregate(
                target.store, target.since, target.until, options => '{"buckets_per_batch": 0}'
            );
        end if;
    end loop;
end $$;

comment on procedure ops.refresh_tail is
'Brings the candles of the last day up to date, while history takes longer.';
