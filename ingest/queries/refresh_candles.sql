call market.refresh_candles()
