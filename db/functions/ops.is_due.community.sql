-- Cheaper than to list the slices, as most of the time there are none.
create or replace function ops.is_due(relation text) returns boolean
language sql stable
set search_path = pg_catalog, public
as $$
    select exists (
        select
        from ops.lifecycle
        cross join ops.candle_invalidations($1) as log
        where lifecycle.relation = $1
            and log.since < time_bucket(width, now() - refresh_end)
            and log.until > ops.first_bucket($1)
    )
$$;

comment on function ops.is_due is
'Whether closed buckets of a relation are behind what it is made from.';
