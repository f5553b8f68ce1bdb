drop function ops.pending_candles(text);
