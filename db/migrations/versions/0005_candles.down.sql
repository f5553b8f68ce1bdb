-- Loses the candles of events that were dropped.
drop function ops.describe_candles(text);
drop function ops.candle_query(text, text);
drop function ops.candle_columns(text, boolean);
