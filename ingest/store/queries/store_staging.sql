-- All columns, in their order: staging is made with those of market.ticks.
insert into market.ticks
select staging.*
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
