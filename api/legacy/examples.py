"""Example answers for the OpenAPI document, of one minute of one day."""

SYMBOLS = {"symbols": ["AAPL", "AMZN", "GOOG", "MSFT", "NVDA", "TSLA"]}
LATEST_TICKS = {
    "symbol": "AAPL",
    "count": 1,
    "ticks": [
        {"symbol": "AAPL", "price": 189.72, "volume": 8341, "event_time": "2026-02-27T12:05:00Z"}
    ],
}
TICK_SUMMARY = {
    "symbol": "AAPL",
    "window_minutes": 5,
    "count": 150,
    "avg_price": 189.84,
    "min_price": 189.52,
    "max_price": 190.11,
    "sum_volume": 1243500,
    "start_time": "2026-02-27T12:00:00Z",
    "end_time": "2026-02-27T12:05:00Z",
}
LATEST_BARS = {
    "symbol": "AAPL",
    "count": 1,
    "bars": [
        {
            "symbol": "AAPL",
            "bucket_start": "2026-02-27T12:05:00Z",
            "open": 189.72,
            "high": 190.11,
            "low": 189.52,
            "close": 189.98,
            "volume_sum": 87400,
            "tick_count": 30,
        }
    ],
}
BAR_SUMMARY = {
    "symbol": "AAPL",
    "window_minutes": 60,
    "bar_count": 60,
    "open": 189.50,
    "high": 190.75,
    "low": 188.90,
    "close": 190.12,
    "change_pct": 0.3272,
    "total_volume": 5240000,
    "total_ticks": 1800,
    "start_time": "2026-02-27T11:06:00Z",
    "end_time": "2026-02-27T12:05:00Z",
}
MOVERS = {
    "window_minutes": 5,
    "movers": [
        {"symbol": "TSLA", "price_open": 244.80, "price_close": 245.60, "change_pct": 0.3268},
        {"symbol": "NVDA", "price_open": 874.50, "price_close": 876.20, "change_pct": 0.1944},
    ],
}
PING = {"status": "StockPulse API is live"}
STATUS = {"kafka_broker": "127.0.0.1:9092", "monitored_symbols": ["AAPL", "MSFT"]}
