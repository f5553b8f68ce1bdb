"""Example answers for the OpenAPI document, of one minute of one day."""

BAR = {
    "t": "2026-02-27T12:05:00Z",
    "o": 189.72,
    "h": 190.11,
    "l": 189.52,
    "c": 189.98,
    "v": 87400,
    "n": 30,
    "vw": 189.84,
    "final": True,
}
BARS = {"bars": {"AAPL": [BAR]}, "next_page_token": "q80gUfJHNc4wWyJBQVBMIiwic2ltIl0"}
COVERAGE = {
    "coverage": {
        "AAPL": [
            {"start": "2019-03-04T00:00:00Z", "end": "2019-03-05T00:00:00Z", "state": "pending"},
            {"start": "2019-03-05T00:00:00Z", "end": "2026-02-27T09:00:00Z", "state": "unknown"},
            {"start": "2026-02-27T09:00:00Z", "end": "2026-02-27T12:04:00Z", "state": "complete"},
            {"start": "2026-02-27T12:04:00Z", "end": "2026-02-27T12:05:00Z", "state": "no trades"},
            {"start": "2026-02-27T12:05:00Z", "end": "2026-02-27T12:05:31Z", "state": "pending"},
        ]
    },
    "next_page_token": "q80gUfJHNc4wWyJBQVBMIiwic2ltIl0",
}
GAPS = {
    "gaps": {
        "KRAKEN:BTC/USD": [
            {
                "start": "2026-02-27T12:05:31.250113Z",
                "end": "2026-02-27T12:06:02.118Z",
                "reason": "ids jumped",
                "first_id": "52984",
                "last_id": "52990",
            }
        ]
    },
    "next_page_token": "q80gUfJHNc4wWyJBQVBMIiwic2ltIl0",
}
MOVERS = {
    "movers": [
        {
            "symbol": "AAPL",
            "source": "sim",
            "open": 189.72,
            "close": 191.6,
            "change_pct": 0.9909,
        }
    ]
}
CALENDAR = {
    "calendar": "XNYS",
    "sessions": [
        {"date": "2026-11-27", "open": "2026-11-27T14:30:00Z", "close": "2026-11-27T18:00:00Z"}
    ],
    "next_page_token": "q80gUfJHNc4wWyJBQVBMIiwic2ltIl0",
}
STATUS = {
    "edition": "community",
    "timescaledb": "2.29.2",
    "postgresql": "18.1",
    "last_stored": "2026-02-27T12:05:31Z",
    "candles": [
        {
            "kind": "trades",
            "timeframe": "1m",
            "stored_until": "2026-02-27T12:05:00Z",
            "lag_seconds": 31,
        }
    ],
    "pending": [],
    "feeds": [{"source": "kraken", "open_sessions": 1, "newest_marker": "2026-02-27T12:05:30.5Z"}],
}
LATEST_BARS = {"bars": {"AAPL": BAR}}
TIMEFRAMES = {"timeframes": ["1s", "1m", "5m", "1h", "1d"], "others": ["3m", "2h", "1w", "1mo"]}
