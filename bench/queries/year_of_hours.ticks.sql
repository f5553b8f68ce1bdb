select
    time_bucket('1 hour', ts) as bucket,
    first(price, ord),
    max(price),
    min(price),
    last(price, ord),
    sum(size)
from market.ticks
where symbol = 'SYM007' and source = 'bench' and ts >= now() - interval '365 days'
group by 1
order by 1
