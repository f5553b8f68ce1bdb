-- TimescaleDB takes a range that was never refreshed as changed, whether or not it has chunks. Once
-- all slices are refreshed the rest costs nothing, and the log is empty until the next change.
create or replace procedure ops.refresh_gaps(relation text)
language plpgsql
as $$
declare
    target record;
begin
    for target in
        select
            ops.store_of(lifecycle.relation) as store,
            lower(made) as since,
            least(upper(made), public.time_bucket(width, now() - refresh_end)) as until,
            lifecycle.width
        from ops.lifecycle
        cross join unnest(ops.made_ranges(lifecycle.relation)) as made
        where lifecycle.relation = $1
            -- below the floor a call for what has not changed would cost milliseconds each time
            and (
                upper_inf(made)
                or exists (
                    select from ops.candle_invalidations(lifecycle.relation) as log
                    where log.since < upper(made) and log.until > lower(made)
                )
            )
    loop
        continue when target.since > target.until - target.width; -- dropped up to the open bucket
        call public.refresh_continuous_aggregate(
            target.store, target.since, target.until,
            options => '{"buckets_per_batch": 0}'
        );
    end loop;
end $$;

comment on procedure ops.refresh_gaps is
'Marks closed buckets between the slices of a relation as up to date.';
