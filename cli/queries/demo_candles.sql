-- Candles and their trades by level, over all series.
with series as (
    select distinct
        symbol,
        source
    from market.candles_1d
)
select
    lifecycle.level,
    count(candle.bucket) as candles,
    sum(candle.tick_count) as ticks
from ops.lifecycle
left join series on true
left join lateral market.candles(
    series.symbol, lifecycle.level, source => series.source, price => 'trade', vendor => false
) as candle on true
where lifecycle.kind = 'trades' and lifecycle.level is not null
group by lifecycle.level, lifecycle."position"
order by lifecycle."position"
