"""Messages with bars of a vendor, made by hand."""

from tests.ingest import made


def bar(minute=0, **changes):
    """Returns the value of a usual bar: one per minute from 12:00 on 27 February 2026."""
    message = {
        "v": 1,
        "kind": "bar",
        "source": "alphavantage",
        "symbol": "IBM",
        "interval": "1m",
        "bar_start": f"2026-02-27T{12 + minute // 60:02}:{minute % 60:02}:00Z",
        "open": "10.00",
        "high": "12.50",
        "low": "9",
        "close": "11",
        "volume": "300",
        "final": True,
    }
    return made.encoded(message | changes)
