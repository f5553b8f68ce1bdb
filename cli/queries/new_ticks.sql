-- The ticks of each symbol that came after the newest one seen before.
select
    seen.symbol,
    ticks.ts
from unnest(%(symbols)s::text [], %(since)s::timestamptz []) as seen (symbol, since)
inner join market.ticks
    on seen.symbol = ticks.symbol and seen.since < ticks.ts
where ticks.ts > now() - interval '1 minute'
order by ticks.ts
