-- The days of series that have quotes with masks of another wide_quote_ratio, oldest first.
select
    quotes.symbol,
    quotes.source,
    date_bin('24 hours', quotes.ts, '2000-01-01 00:00+00') as day, -- noqa: RF04
    count(*) as quotes
from market.quotes
inner join market.sources on quotes.source = sources.source
where
    quotes.moves <> ops.quote_moves(quotes.bid, quotes.ask, sources.wide_quote_ratio)
    and quotes.ts >= %(since)s::timestamptz and quotes.ts < %(until)s::timestamptz
    and (%(source)s::text is null or quotes.source = %(source)s::text)
group by 1, 2, 3
order by 3, 1, 2
