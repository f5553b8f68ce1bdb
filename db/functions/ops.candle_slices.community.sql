-- In whole days, so that no bucket of any level lies in two of them. A slice is a chunk of the
-- source: one that spans several is aggregated chunk by chunk and then once more, which takes
-- twice as long. Nothing is outside of made_ranges(): events are gone there, and a refresh would find
-- none and delete the candles. Nothing is after the last closed bucket either: candles would be
-- stored that events are still to come for.
create or replace function ops.candle_slices(
    relation text,
    first_ts timestamptz default '-infinity',
    last_ts timestamptz default 'infinity',
    only_stale boolean default true
) returns table (since timestamptz, until timestamptz)
language sql stable
set search_path = pg_catalog, public, pg_temp
set timezone = 'UTC' -- elsewhere a day may have 23 hours
as $$
    with bounds as (
        select
            width,
            child,
            ops.made_ranges($1) as made,
            time_bucket(width, $2) as first_bucket,
            least(ops.next_bucket(width, $3), time_bucket(width, now() - refresh_end)) as last_end
        from ops.lifecycle
        where lifecycle.relation = $1
    ),
    pieces as (
        select distinct
            greatest(piece, lower(part), first_bucket) as since,
            least(
                piece + interval '28 days',
                ops.next_bucket('1 day', range_end),
                upper(part),
                last_end
            ) as until
        from bounds
        inner join timescaledb_information.chunks
            on ops.hypertable_of(child)::text = format('%I.%I', hypertable_schema, hypertable_name)
        cross join generate_series(
            date_bin('1 day', range_start, '2000-01-01 00:00+00'),
            range_end - interval '1 microsecond',
            interval '28 days'
        ) as piece
        cross join unnest(made) as part
    ),
    stale as (
        select range_agg(tstzrange(log.since, log.until)) as spans
        from ops.candle_invalidations($1) as log
    )
    select pieces.since, pieces.until
    from pieces
    cross join stale
    where pieces.since < pieces.until
        and (not $4 or tstzrange(pieces.since, pieces.until) && stale.spans)
    order by 1
$$;

comment on function ops.candle_slices is
'The ranges to refresh a relation by, oldest first: all of a range, or those that changed.';
