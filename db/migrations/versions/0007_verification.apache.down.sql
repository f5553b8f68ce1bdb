drop function ops.refresh_lag(interval);
drop function ops.pending_candles(text);
