insert into ops.late_ticks (
    topic, "partition", "offset", "key", "value", source_header,
    ts, symbol, source, price, size, bid, ask, tick_id, ord
)
select
    late.topic, late."partition", late."offset",
    decode(late."key", 'base64'), decode(late."value", 'base64'), late.source_header,
    late.ts, late.symbol, late.source, late.price, late.size, late.bid, late.ask,
    late.tick_id, late.ord
from json_to_recordset(%(ticks)s::json) as late (
    topic text, "partition" integer, "offset" bigint, "key" text, "value" text,
    source_header text, ts timestamptz, symbol text, source text, price numeric, size numeric,
    bid numeric, ask numeric, tick_id text, ord bigint
)
where
    not exists (
        select from ops.tick_corrections as cancelled
        where
            cancelled.action = 'cancel'
            and cancelled.ts = late.ts and cancelled.symbol = late.symbol
            and cancelled.source = late.source and cancelled.tick_id = late.tick_id
    )
    and not ops.is_stored(late.ts, late.symbol, late.source, late.tick_id)
on conflict do nothing
