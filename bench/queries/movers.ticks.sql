select
    symbol,
    (last(price, ord) - first(price, ord)) * 100 / first(price, ord) as change
from market.ticks
where source = 'bench' and ts >= now() - interval '1 day'
group by symbol
order by abs((last(price, ord) - first(price, ord)) * 100 / first(price, ord)) desc
limit 10
