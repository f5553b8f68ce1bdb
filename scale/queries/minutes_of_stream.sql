-- sqlfluff:dialect:sparksql
-- Candles of a minute of trades that are not later than the watermark
select
    window.start as bucket,
    symbol,
    source,
    min_by(price, place) as open,
    max(price) as high,
    min(price) as low,
    max_by(price, place) as close,
    sum(size) as volume,
    count(*) as tick_count
from (
    select
        window(ts, '1 minute') as window,
        symbol,
        source,
        struct(ts, ns, seq, offset) as place,
        price,
        size
    from trades_on_time
    where action = 'add'
) as windows
group by window, symbol, source
