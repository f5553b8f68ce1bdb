-- The newest bar of each symbol; candles_1d says on which day to look for it.
with series as materialized (
    select
        symbol,
        coalesce(%(source)s::text, market.default_source(symbol)) as source
    from market.instruments
    where symbol = any(%(symbols)s::text [])
),

-- Late ticks reach candles_1d up to an hour after the narrower candles.
recent (bucket) as materialized (
    select generate_series(
        time_bucket('1 day', now()) - interval '10 days', now(), interval '1 day'
    )
),

newest as (
    select bars.*
    from series
    cross join lateral (
        select found.*
        from (
            select bucket
            from market.candles_1d
            where symbol = series.symbol and source = series.source
            union
            select bucket from recent
            order by bucket desc
            offset 0 -- keeps the planner from joining before it has read
        ) as day
        cross join lateral (
            select *
            from market.candles_1m as candles
            where candles.symbol = series.symbol
                and candles.source = series.source
                and candles.bucket >= day.bucket
                and candles.bucket < day.bucket + interval '1 day'
            offset 0
        ) as found
        order by day.bucket desc, found.bucket desc
        limit 1
    ) as bars
)

select
    exists(select from series) as known,
    (
        select
            '{"bars":{'
            || coalesce(
                string_agg(
                    to_json(newest.symbol)::text || ':' || row_to_json(bar)::text,
                    ',' order by newest.symbol
                ),
                ''
            )
            || '}}'
        from newest
        cross join lateral (
            select
                to_char(newest.bucket at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as t,
                newest.open as o,
                newest.high as h,
                newest.low as l,
                newest.close as c,
                coalesce(newest.volume, 0) as v,
                newest.tick_count as n,
                trim_scale(newest.vwap) as vw
        ) as bar
    ) as answer
