-- The quotes of a part of an export: straight from the hypertable, a third faster than by
-- market.quote_page(). A condition with `any` alone would not be read in the order of the index.
select
    %(asked)s::text as symbol,
    ts as t,
    ns,
    bid as bp,
    bid_size as bs,
    ask as ap,
    ask_size as "as",
    exchange as x,
    conditions as c,
    tick_id as i,
    tape as z,
    seq,
    received_at,
    symbol as stored
from market.quotes
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
