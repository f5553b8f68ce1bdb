-- The buckets of a level that `changes` touch, and all that lie between its two watermarks;
-- of these only what is in `made`, as elsewhere its source is gone.
create or replace function ops.widen(
    changes ops.span [], width interval,
    old_mark timestamptz, new_mark timestamptz, made tstzmultirange
) returns ops.span []
language sql
set search_path = pg_catalog, public, pg_temp
set timezone = 'UTC' -- elsewhere a day may have 23 hours
as $$
    with touched as (
        select
            symbol,
            time_bucket(width, since) as since,
            least(time_bucket(width, until - interval '1 microsecond') + width, new_mark) as until
        from unnest(changes)
        union all
        select symbol, old_mark, new_mark
        from market.instruments
        where old_mark < new_mark
    ),
    merged as (
        select symbol, range_agg(tstzrange(since, until)) * made as spans
        from touched
        where since < until
        group by symbol
    )
    select coalesce(array_agg((merged.symbol, lower(span), upper(span))::ops.span), '{}')
    from merged, unnest(merged.spans) as span
$$;

comment on function ops.widen is
'The spans of a level to make again, in whole buckets.';
