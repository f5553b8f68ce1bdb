-- The days of series that have trades with masks of older rules, oldest first.
select
    symbol,
    source,
    date_bin('24 hours', ts, '2000-01-01 00:00+00') as day, -- noqa: RF04
    count(*) as trades
from market.trades
where
    rules < %(version)s::integer
    and ts >= %(since)s::timestamptz and ts < %(until)s::timestamptz
    and (%(source)s::text is null or source = %(source)s::text)
group by 1, 2, 3
order by 3, 1, 2
