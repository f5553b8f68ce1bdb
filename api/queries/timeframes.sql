-- The names of all levels of candles, narrowest first.
select coalesce(array_agg(timeframe order by width), '{}')
from market.timeframes
