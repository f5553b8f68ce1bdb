-- The masks of the stale trades of a slice, from those of its tapes, conditions and times.
update market.trades
set
    moves = masks.moves,
    rules = %(version)s::integer
from unnest(
    %(tapes)s::text [],
    %(conditions)s::text [],
    %(starts)s::timestamptz [],
    %(ends)s::timestamptz [],
    %(moves)s::smallint []
) as masks (tape, conditions, since, until, moves)
where
    trades.symbol = %(symbol)s::text and trades.source = %(source)s::text
    and trades.ts >= %(since)s::timestamptz and trades.ts < %(until)s::timestamptz
    and trades.rules < %(version)s::integer
    and trades.ts >= masks.since and trades.ts < masks.until
    -- equal texts allow a hash join; the text of an array is never empty
    and coalesce(trades.tape, '') = coalesce(masks.tape, '')
    and coalesce(trades.conditions::text, '') = coalesce(masks.conditions, '')
