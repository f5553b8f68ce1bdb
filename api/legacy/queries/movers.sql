-- The symbols with the largest changes in percent, up or down, within the last minutes, of those
-- that opened above zero; of each symbol its default series, which is looked up only if the window
-- has two sources of the symbol, and of a series without trades its mid prices.
with candles as (
    select
        symbol,
        source,
        bucket,
        open,
        close,
        1 as rank
    from market.candles_1m
    where bucket >= now() - %(minutes)s::integer * interval '1 minute' and open is not null
    union all
    select
        symbol,
        source,
        bucket,
        mid_open,
        mid_close,
        2
    from market.quote_candles_1m
    where bucket >= now() - %(minutes)s::integer * interval '1 minute' and mid_open is not null
),

ends as (
    select distinct on (symbol, source)
        symbol,
        source,
        first(open, bucket) as price_open,
        last(close, bucket) as price_close
    from candles
    group by symbol, source, rank
    order by symbol, source, rank
),

moved as materialized (
    select
        *,
        count(*) over (partition by symbol) as sources
    from ends
),

ranked as (
    select
        moved.symbol,
        moved.price_open,
        moved.price_close,
        (moved.price_close - moved.price_open) * 100 / moved.price_open as change
    from moved
    left join market.instruments on moved.symbol = instruments.symbol
    where moved.price_open > 0 and moved.source = coalesce(
        instruments.primary_source,
        case when moved.sources = 1 then moved.source else market.default_source(moved.symbol) end
    )
    order by
        abs((moved.price_close - moved.price_open) * 100 / nullif(moved.price_open, 0)) desc,
        moved.symbol
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
