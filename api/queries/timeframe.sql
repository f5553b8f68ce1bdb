-- True if candles of a timeframe can be made; otherwise an error with the reason.
select width is not null
from market.timeframe_of(%(timeframe)s::text)
