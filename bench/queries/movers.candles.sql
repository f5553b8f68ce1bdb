select
    symbol,
    (last(close, bucket) - first(open, bucket)) * 100 / first(open, bucket) as change
from market.candles_1h
where source = 'bench' and bucket >= now() - interval '1 day'
group by symbol
order by abs((last(close, bucket) - first(open, bucket)) * 100 / first(open, bucket)) desc
limit 10
