-- The given objects have the columns of the table; the inner record is for the one they leave out.
insert into ops.replacements
select staged.*
from json_populate_recordset(
    json_populate_record(
        null::ops.replacements, json_build_object('staged_at', clock_timestamp())
    ),
    %(events)s::json
) as staged
on conflict on constraint replacements_pkey do update
set
    price = excluded.price,
    size = excluded.size,
    bid = excluded.bid,
    ask = excluded.ask,
    bid_size = excluded.bid_size,
    ask_size = excluded.ask_size,
    side = excluded.side,
    exchange = excluded.exchange,
    tape = excluded.tape,
    conditions = excluded.conditions,
    received_at = excluded.received_at,
    seq = excluded.seq,
    batch = excluded.batch,
    rules = excluded.rules,
    ns = excluded.ns,
    moves = excluded.moves
