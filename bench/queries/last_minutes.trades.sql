select
    time_bucket('1 minute', ts) as bucket,
    first(price, ts),
    max(price),
    min(price),
    last(price, ts),
    sum(size)
from market.trades
where symbol = 'SYM007' and source = 'bench' and ts >= now() - interval '1 day'
group by 1
order by 1 desc
limit 500
