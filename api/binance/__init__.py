"""Market data in the dialect of Binance's spot API, under /binance."""
