update ops.replacements
set moves = ops.quote_moves(replacements.bid, replacements.ask, sources.wide_quote_ratio)
from market.sources
where
    replacements.kind = 'quote' and sources.source = replacements.source
    and replacements.moves <> ops.quote_moves(
        replacements.bid, replacements.ask, sources.wide_quote_ratio
    )
