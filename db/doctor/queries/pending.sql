-- Candles that a refresh should have made by now: no batch or amendment of the last minute touches
-- them. Those whose events were dropped stay as they are.
with recent as (
    select range_agg(tstzrange(since, until, '[]')) as spans
    from (
        select oldest_ts, newest_ts
        from ops.load_batches
        where loaded_at > now() - interval '1 minute' and oldest_ts is not null
        union all
        select applied_ts, applied_ts
        from ops.amendments
        where applied_at > now() - interval '1 minute'
    ) as touched (since, until)
),
relations as (
    select
        lifecycle.kind,
        lifecycle.level,
        lifecycle."position",
        range_agg(piece) as pieces
    from ops.lifecycle
    inner join ops.retention_floors as floors on lifecycle.kind = floors.relation
    cross join recent
    cross join lateral unnest(
        ops.pending_candles(lifecycle.relation) * multirange(
            tstzrange(
                greatest(
                    floors.floor_ts, ops.first_bucket(lifecycle.relation), '2000-01-01 00:00+00'
                ),
                null
            )
        )
    ) as piece
    where
        lifecycle.child is not null
        and not lifecycle.live
        and not coalesce(piece && recent.spans, false)
    group by lifecycle.relation
),
trees as (
    select
        kind,
        string_agg(level, ', ' order by "position") as levels,
        range_agg(pieces) as pieces
    from relations
    group by kind
)
select
    format(
        'candles of %s (%s) have been behind their events for over a minute, from %s to %s UTC'
        || ' (ranges: %s, days: %s)%s',
        kind,
        levels,
        to_char(lower(pieces) at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
        to_char(
            ops.next_bucket('1 minute', upper(pieces)) at time zone 'UTC', 'YYYY-MM-DD HH24:MI'
        ),
        (select count(*) from unnest(pieces)),
        (
            select count(distinct day)
            from unnest(pieces) as piece
            cross join generate_series(
                date_bin('1 day', lower(piece), '2000-01-01 00:00+00'),
                upper(piece) - interval '1 microsecond',
                interval '24 hours'
            ) as day
        ),
        -- as long as they are not touched again, they wait since then
        ', since ' || (
            select to_char(max(loaded_at) at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')
            from ops.load_batches
            where
                loaded_at > now() - interval '7 days'
                and tstzrange(oldest_ts, newest_ts, '[]') && pieces
        )
    )
from trees
order by kind desc
