-- Trades of the archive in an export, in the order in which they were read.
select
    symbol,
    ts as t,
    ns,
    price as p,
    size as s,
    side,
    exchange as x,
    conditions as c,
    tick_id as i,
    tape as z
from json_populate_recordset(null::market.trade_event, %(rows)s::json)
