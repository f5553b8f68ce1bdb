-- The stored level that candles of a timeframe are made of, and their width; an error with the reason
-- if none can be made.
select
    level,
    width::text as width
from market.timeframe_of(%(timeframe)s::text)
