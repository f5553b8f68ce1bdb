-- The newest ticks of a symbol, newest first; no row if the symbol is unknown.
with series as materialized (
    select
        symbol,
        coalesce(%(source)s::text, market.default_source(symbol)) as source
    from market.instruments
    where symbol in (%(symbol)s::text, upper(%(symbol)s::text))
    order by symbol <> %(symbol)s::text
    limit 1
)

select row_to_json(answer)::text
from series
cross join lateral (
    select
        series.symbol,
        count(*) as count, -- noqa: RF04
        coalesce(array_agg(row_to_json(tick) order by newest.ts desc, newest.ord desc), '{}')
            as ticks
    from (
        select
            ts,
            ord,
            price,
            size
        from market.ticks
        where symbol = series.symbol and source = series.source
        order by ts desc, ord desc
        limit %(limit)s::integer
    ) as newest
    cross join lateral (
        select
            series.symbol,
            newest.price,
            newest.size as volume,
            rtrim(
                rtrim(to_char(newest.ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.'
            ) || 'Z' as event_time
    ) as tick
) as answer
