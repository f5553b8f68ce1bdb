update market.quotes
set moves = ops.quote_moves(quotes.bid, quotes.ask, sources.wide_quote_ratio)
from market.sources
where
    sources.source = %(source)s::text
    and quotes.symbol = %(symbol)s::text and quotes.source = %(source)s::text
    and quotes.ts >= %(since)s::timestamptz and quotes.ts < %(until)s::timestamptz
    and quotes.moves <> ops.quote_moves(quotes.bid, quotes.ask, sources.wide_quote_ratio)
