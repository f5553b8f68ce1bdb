-- Coverage as a flat table, oldest first per symbol.
select
    asked.symbol,
    stretches.since as start, -- noqa: RF04
    stretches.until as "end",
    stretches.state
from unnest(%(symbols)s::text []) as asked (symbol)
cross join lateral market.coverage(
    symbol => asked.symbol,
    timeframe => %(timeframe)s::text,
    since => %(start)s::timestamptz,
    until => %(end)s::timestamptz,
    source => %(source)s::text,
    price => %(price)s::text
) as stretches
order by asked.symbol, stretches.since
limit %(limit)s::integer
