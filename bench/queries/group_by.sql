-- The one statement that verification of all levels is compared with.
explain (analyze, timing off)
select
    symbol,
    source,
    time_bucket('1 minute', ts),
    min(price),
    max(price),
    sum(size),
    count(*),
    first(price, ts),
    last(price, ts)
from market.trades
group by 1, 2, 3
