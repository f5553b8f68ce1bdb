insert into market.ticks (ts, symbol, source, price, size, bid, ask, tick_id, ord)
select ts, symbol, source, price, size, bid, ask, tick_id, ord
from staging
where not exists (
    select from ops.tick_corrections as cancelled
    where
        cancelled.action = 'cancel'
        and cancelled.ts = staging.ts and cancelled.symbol = staging.symbol
        and cancelled.source = staging.source and cancelled.tick_id = staging.tick_id
)
and not exists (
    select from ops.late_ticks as waiting
    where
        waiting.ts = staging.ts and waiting.symbol = staging.symbol
        and waiting.source = staging.source and waiting.tick_id = staging.tick_id
)
on conflict do nothing
