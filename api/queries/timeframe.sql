-- The stored level that candles of a timeframe are made of; an error with the reason if none can.
select level
from market.timeframe_of(%(timeframe)s::text)
