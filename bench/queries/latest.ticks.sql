select
    symbol,
    time_bucket('1 minute', ts) as bucket,
    last(price, ord),
    sum(size)
from market.ticks
where
    source = 'bench'
    and ts >= (
        select date_trunc('minute', max(newest.ts))
        from (
            select max(ticks.ts) as ts
            from market.ticks
            where ticks.ts >= now() - interval '1 day'
        ) as newest
    )
group by 1, 2
