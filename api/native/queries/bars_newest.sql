-- The newest bars over all symbols together, then by symbol, oldest first.
-- Reads span by span until the page is full; candles_1d says which spans hold any bars.
-- Gives: whether any symbol is known; the bars; no further page follows.
with series as materialized (
    select
        symbol,
        coalesce(
            %(source)s::text,
            market.default_source(symbol)
        ) as source,
        '-infinity'::timestamptz as since,
        %(end)s::timestamptz as until
    from market.instruments
    where symbol = any(%(symbols)s::text [])
),

-- Late ticks reach candles_1d up to an hour after the narrower candles.
recent (bucket) as materialized (
    select generate_series(
        time_bucket('1 day', now()) - interval '10 days', now(), interval '1 day'
    )
),

page as materialized (
    select bars.*
    from (
        select
            series.symbol,
            series.source,
            series.since,
            series.until,
            time_bucket(%(span)s::interval, day.bucket) as span
        from series
        cross join lateral (
            select bucket
            from market.candles_1d
            where symbol = series.symbol
                and source = series.source
                and bucket > series.since - interval '1 day'
                and bucket < series.until
            union all
            select bucket
            from recent
            where bucket > series.since - interval '1 day' and bucket < series.until
            offset 0 -- keeps the planner from joining before it has read
        ) as day
        group by 1, 2, 3, 4, 5
        order by span desc, series.symbol
        offset 0
    ) as spans
    cross join lateral (
        select *
        from market.candles_1m as candles
        where candles.symbol = spans.symbol
            and candles.source = spans.source
            and candles.bucket >= greatest(spans.since, spans.span)
            and candles.bucket < least(spans.until, spans.span + %(span)s::interval)
        offset 0
    ) as bars
    order by spans.span desc, bars.bucket desc, spans.symbol
    limit %(limit)s::integer
),

placed as materialized (
    select
        page.*,
        row_number() over (order by symbol, bucket) as place
    from page
),

lists as (
    select
        placed.symbol,
        string_agg(row_to_json(bar)::text, ',' order by placed.place) as bars
    from placed
    cross join lateral (
        select
            to_char(placed.bucket at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as t,
            placed.open as o,
            placed.high as h,
            placed.low as l,
            placed.close as c,
            coalesce(placed.volume, 0) as v,
            placed.tick_count as n,
            trim_scale(placed.vwap) as vw
    ) as bar
    group by placed.symbol
)

select
    exists(select from series) as known,
    (
        select
            '{'
            || coalesce(
                string_agg(to_json(symbol)::text || ':[' || bars || ']', ',' order by symbol), ''
            )
            || '}'
        from lists
    ) as bars,
    null::text as last_symbol,
    null::text as last_source,
    null::timestamptz as last_bucket
