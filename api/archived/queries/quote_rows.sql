-- Quotes of the archive in an export, in the order in which they were read.
select
    symbol,
    ts as t,
    ns,
    bid as bp,
    bid_size as bs,
    ask as ap,
    ask_size as "as",
    exchange as x,
    conditions as c,
    tick_id as i,
    tape as z
from json_populate_recordset(null::market.quote_event, %(rows)s::json)
