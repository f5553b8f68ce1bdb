-- The trades of one series in a piece of time in which its symbols are the same, nearly always one:
-- a condition with `any` alone would not be read in the order of the index.
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
    and ts >= %(since)s::timestamptz
    and ts < %(until)s::timestamptz
