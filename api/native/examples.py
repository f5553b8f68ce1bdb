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
    }
}
LATEST_BARS = {"bars": {"AAPL": BAR}}
TIMEFRAMES = {"timeframes": ["1s", "1m", "5m", "1h", "1d"], "others": ["3m", "2h", "1w", "1mo"]}
