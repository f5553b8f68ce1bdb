update ops.late_events
set moves = ops.quote_moves(late_events.bid, late_events.ask, sources.wide_quote_ratio)
from market.sources
where
    late_events.kind = 'quote' and sources.source = late_events.source
    and late_events.moves <> ops.quote_moves(
        late_events.bid, late_events.ask, sources.wide_quote_ratio
    )
