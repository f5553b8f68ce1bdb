-- Loses the candles of ticks that were dropped.
drop function ops.describe_candles(regclass, interval);
