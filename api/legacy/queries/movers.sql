-- The symbols with the largest changes in percent, up or down, within the last minutes; of each
-- symbol its default series, which is looked up only if the window has two sources of the symbol.
with moved as materialized (
    select
        symbol,
        source,
        first(open, bucket) as price_open,
        last(close, bucket) as price_close,
        count(*) over (partition by symbol) as sources
    from market.candles_1m
    where bucket >= now() - %(minutes)s::integer * interval '1 minute'
    group by symbol, source
),

ranked as (
    select
        moved.symbol,
        moved.price_open,
        moved.price_close,
        (moved.price_close - moved.price_open) * 100 / moved.price_open as change
    from moved
    inner join market.instruments on moved.symbol = instruments.symbol
    where moved.source = coalesce(
        instruments.primary_source,
        case when moved.sources = 1 then moved.source else market.default_source(moved.symbol) end
    )
    order by abs((moved.price_close - moved.price_open) * 100 / moved.price_open) desc, moved.symbol
    limit %(limit)s::integer
)

select row_to_json(answer)::text
from (
    select
        %(minutes)s::integer as window_minutes,
        coalesce(
            array_agg(row_to_json(mover) order by abs(ranked.change) desc, ranked.symbol), '{}'
        ) as movers
    from ranked
    cross join lateral (
        select
            ranked.symbol,
            ranked.price_open,
            ranked.price_close,
            trim_scale(round(ranked.change, 4)) as change_pct
    ) as mover
) as answer
