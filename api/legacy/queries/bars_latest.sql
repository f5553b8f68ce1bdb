-- The newest bars of a symbol, newest first; no row where the symbol is unknown. Reads span by
-- span, newest first, until it has enough; candles_1d says which spans hold any bars.
with series as materialized (
    select
        symbol,
        coalesce(%(source)s::text, market.default_source(symbol)) as source
    from market.instruments
    where symbol in (%(symbol)s::text, upper(%(symbol)s::text))
    order by symbol <> %(symbol)s::text
    limit 1
),

-- Late ticks reach candles_1d up to an hour after the narrower candles.
recent (bucket) as materialized (
    select generate_series(
        time_bucket('1 day', now()) - interval '10 days', now(), interval '1 day'
    )
),

newest as materialized (
    select bars.*
    from (
        select
            series.symbol,
            series.source,
            time_bucket(%(span)s::interval, day.bucket) as span
        from series
        cross join lateral (
            select bucket
            from market.candles_1d
            where symbol = series.symbol and source = series.source
            union all
            select bucket from recent
            offset 0 -- keeps the planner from joining before it has read
        ) as day
        group by 1, 2, 3
        order by span desc
        offset 0
    ) as spans
    cross join lateral (
        select *
        from market.candles_1m as candles
        where candles.symbol = spans.symbol
            and candles.source = spans.source
            and candles.bucket >= spans.span
            and candles.bucket < spans.span + %(span)s::interval
        offset 0
    ) as bars
    order by spans.span desc, bars.bucket desc
    limit %(limit)s::integer
)

select row_to_json(answer)::text
from series
cross join lateral (
    select
        series.symbol,
        count(*) as count, -- noqa: RF04
        coalesce(array_agg(row_to_json(bar) order by newest.bucket desc), '{}') as bars
    from newest
    cross join lateral (
        select
            newest.symbol,
            to_char(newest.bucket at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as bucket_start,
            newest.open,
            newest.high,
            newest.low,
            newest.close,
            coalesce(newest.volume, 0) as volume_sum,
            newest.tick_count
    ) as bar
) as answer
