call market.refresh_candles(ops.refresh_lag())
