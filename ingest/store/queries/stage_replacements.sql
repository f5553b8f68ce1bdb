insert into ops.replacements (batch, ts, symbol, source, price, size, bid, ask, tick_id, ord)
select
    tick.batch, tick.ts, tick.symbol, tick.source, tick.price, tick.size, tick.bid, tick.ask,
    tick.tick_id, tick.ord
from json_to_recordset(%(ticks)s::json) as tick (
    batch text, ts timestamptz, symbol text, source text, price numeric, size numeric,
    bid numeric, ask numeric, tick_id text, ord bigint
)
on conflict on constraint replacements_pkey do update
set price = excluded.price, size = excluded.size, bid = excluded.bid, ask = excluded.ask
