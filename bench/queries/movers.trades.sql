select
    symbol,
    (last(price, ts) - first(price, ts)) * 100 / first(price, ts) as change
from market.trades
where source = 'bench' and ts >= now() - interval '1 day'
group by symbol
order by abs((last(price, ts) - first(price, ts)) * 100 / first(price, ts)) desc
limit 10
