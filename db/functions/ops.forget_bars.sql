create or replace function ops.forget_bars(keep interval) returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    with moved as (
        update ops.bar_publication as publication
        set floor_ts = greatest(publication.floor_ts, start_at)
        from date_bin('1 minute', now() - keep, '2000-01-01 00:00+00') as start_at
        where not exists (
            select from ops.bar_changes as change
            where change.until > publication.floor_ts and change.since < start_at
        )
        returning publication.floor_ts
    ),
    skipped as (
        delete from ops.bar_changes as change using moved where change.until <= moved.floor_ts
    )
    delete from ops.published_bars as published using moved
    where published.bucket < moved.floor_ts and published.place is null
$$;

comment on function ops.forget_bars is
'Deletes what was sent of bars older than `keep`, unless older changes are still to be published.';

revoke execute on function ops.forget_bars from public;
grant execute on function ops.forget_bars to stockpulse_loader;
