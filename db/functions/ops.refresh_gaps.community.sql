-- TimescaleDB takes a range that was never refreshed as changed, whether or not it has chunks. Once
-- all slices are refreshed the rest costs nothing, and the log is empty until the next change.
create or replace procedure ops.refresh_gaps(relation text)
language plpgsql
as $$
declare
    target record;
begin
    select
        ops.store_of(lifecycle.relation) as store,
        ops.first_bucket(lifecycle.relation) as since,
        public.time_bucket(width, now() - refresh_end) as until,
        lifecycle.width
    into target
    from ops.lifecycle
    where lifecycle.relation = $1;
    if target.since > target.until - target.width then
        return; -- all before the bucket that is open was dropped
    end if;
    call public.refresh_continuous_aggregate(
        target.store, target.since, target.until,
        options => '{"buckets_per_batch": 0}'
    );
end $$;

comment on procedure ops.refresh_gaps is
'Marks closed buckets between the slices of a relation as up to date.';
