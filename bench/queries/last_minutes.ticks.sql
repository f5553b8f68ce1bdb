select
    time_bucket('1 minute', ts) as bucket,
    first(price, ord),
    max(price),
    min(price),
    last(price, ord),
    sum(size)
from market.ticks
where symbol = 'SYM007' and source = 'bench' and ts >= now() - interval '1 day'
group by 1
order by 1 desc
limit 500
