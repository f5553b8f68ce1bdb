insert into market.plain_candles
select
    time_bucket('1 minute', ts) as bucket,
    symbol,
    source,
    first(price, ord) as open,
    max(price) as high,
    min(price) as low,
    last(price, ord) as close,
    sum(size) as volume,
    sum(price * size) as notional,
    sum(price * size) / nullif(sum(size), 0) as vwap,
    count(*) as tick_count
from market.ticks
where ts >= %(since)s and ts < %(until)s
group by 1, 2, 3
