select count(*) as dead
from ops.dead_identities as dead
inner join market.ticks as event
    on
        dead.kind = event.kind
        and dead.symbol = event.symbol
        and dead.ts = event.ts
        and dead.source = event.source
        and dead.tick_id = event.tick_id
where
    dead.kind || 's' = %(kind)s
    and dead.ts >= %(since)s::timestamptz
    and dead.ts < %(until)s::timestamptz
    and event.kind || 's' = %(kind)s
    and event.ts >= %(since)s::timestamptz
    and event.ts < %(until)s::timestamptz
