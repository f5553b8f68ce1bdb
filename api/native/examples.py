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
OPERATION = {
    "at": "2026-02-27T12:05:31.25Z",
    "edition": "community",
    "timescaledb": "2.29.2",
    "postgresql": "18.1",
    "is_replica": False,
    "loading": {
        "last_batch_at": "2026-02-27T12:05:31Z",
        "last_batch_messages": 412,
        "last_batch_seconds": 0.214,
        "last_batch_delay_seconds": 0.305,
        "newest_event_at": "2026-02-27T12:05:30.7Z",
        "trades_last_minute": 118204,
        "quotes_last_minute": 0,
        "messages": 9120412,
        "stored": 9120398,
        "duplicates": 12,
        "amended": 1,
        "rejected": 1,
        "ignored": 0,
        "waiting_amendments": 0,
        "topics": [
            {"topic": "stock.ticks.v1", "partitions": 4, "stored_at": "2026-02-27T12:05:31Z"}
        ],
    },
    "rejects": {
        "messages": 1,
        "oldest_at": "2026-02-27T09:14:02Z",
        "reasons": [{"reason": "no price", "messages": 1, "newest_at": "2026-02-27T09:14:02Z"}],
    },
    "feeds": {
        "sources": [
            {
                "source": "kraken",
                "newest_event_at": "2026-02-27T12:05:30.7Z",
                "open_sessions": 1,
                "newest_marker_at": "2026-02-27T12:05:30.5Z",
                "gaps": 1,
                "is_closed": False,
            }
        ],
        "gaps": [
            {
                "source": "kraken",
                "kind": "trade",
                "start": "2026-02-27T08:00:03Z",
                "end": "2026-02-27T08:00:41Z",
                "reason": "no feed",
                "series": 12,
                "symbol": "KRAKEN:BTC/USD",
            }
        ],
        "left_out": 0,
    },
    "histories": [],
    "candles": {
        "pending": [],
        "verified": {"at": "2026-02-27T12:00:00Z", "candles": 2000, "mismatches": 0},
    },
    "relations": [{"relation": "trades", "rows": 812000000, "chunks": 90, "bytes": 21470000000}],
    "database_bytes": 24120000000,
    "jobs": [
        {
            "job": "columnstore",
            "relation": "market.trades",
            "outcome": "Success",
            "ran_at": "2026-02-27T12:05:10Z",
            "next_at": "2026-02-27T12:05:40Z",
            "failures": 0,
        }
    ],
}
LATEST_BARS = {"bars": {"AAPL": BAR}}
TIMEFRAMES = {"timeframes": ["1s", "1m", "5m", "1h", "1d"], "others": ["3m", "2h", "1w", "1mo"]}
