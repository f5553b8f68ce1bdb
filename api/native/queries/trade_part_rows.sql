-- The trades of a part of an export: straight from the hypertable, a third faster than by
-- market.trade_page(). A condition with `any` alone would not be read in the order of the index.
select
    %(asked)s::text as symbol,
    ts as t,
    ns,
    price as p,
    size as s,
    side,
    exchange as x,
    conditions as c,
    tick_id as i,
    tape as z,
    seq,
    received_at,
    symbol as stored
from market.trades
where
    (
        symbol = %(symbol)s::text
        or cardinality(%(others)s::text []) > 0 and symbol = any(%(others)s::text [])
    )
    and source = %(source)s::text
    and ts >= %(first_ts)s::timestamptz
    and ts < %(end_ts)s::timestamptz
    and (%(start_ns)s::integer = 0 or ts > %(start)s::timestamptz or ns >= %(start_ns)s::integer)
    and (%(end_ns)s::integer = 0 or ts < %(end)s::timestamptz or ns < %(end_ns)s::integer)
