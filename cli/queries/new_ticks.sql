-- The trades of each symbol that came after the newest one seen before.
select
    seen.symbol,
    trades.ts
from unnest(%(symbols)s::text [], %(since)s::timestamptz []) as seen (symbol, since)
inner join market.trades
    on seen.symbol = trades.symbol and seen.since < trades.ts
where trades.ts > now() - interval '1 minute'
order by trades.ts
