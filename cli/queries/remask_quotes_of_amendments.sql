update ops.amendments
set new_moves = ops.quote_moves(amendments.new_bid, amendments.new_ask, sources.wide_quote_ratio)
from market.sources
where
    amendments.kind = 'quote' and sources.source = amendments.source
    and amendments.action <> 'cancel' and amendments.applied_at is null
    and amendments.new_moves <> ops.quote_moves(
        amendments.new_bid, amendments.new_ask, sources.wide_quote_ratio
    )
