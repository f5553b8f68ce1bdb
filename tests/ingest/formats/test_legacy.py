"""The legacy format, whose source is in the header."""

from decimal import Decimal

import msgspec
import pytest
from ingest.formats.tick import Reject, Tick

from ingest.formats.decode import decode_message

# 2026-02-27T12:05:00Z, in microseconds since 2000-01-01: 9554 days and 43,500 seconds.
TIME_US = (9554 * 86_400 + 43_500) * 1_000_000
UNIX = 1_772_193_900  # the same in seconds of Unix time

MESSAGE = msgspec.json.encode({"symbol": "A", "price": 1, "volume": 1, "timestamp": UNIX})


def encoded(message):
    return message if isinstance(message, bytes) else msgspec.json.encode(message)


@pytest.mark.parametrize(
    "message, ticks",
    [
        pytest.param(
            b'{"symbol":"AAPL","price":187.10,"volume":1e2,"event_time":"2026-02-27 12:05:00"}',
            [Tick(TIME_US, "AAPL", "legacy", Decimal("187.10"), Decimal(100))],
            id="legacy-with-event-time",
        ),
        pytest.param(
            {
                "symbol": "MSFT",
                "price": "410",
                "volume": None,
                "timestamp": UNIX,
                "fetch_timestamp": UNIX * 1000,
            },
            [Tick(TIME_US, "MSFT", "legacy", Decimal(410))],
            id="legacy-with-timestamp",
        ),
    ],
)
def test_every_legacy_message_gives_its_trade(message, ticks):
    assert decode_message(encoded(message)) == ticks


@pytest.mark.parametrize(
    "header, source",
    [(None, "legacy"), ("", "legacy"), ("yfinance", "yfinance"), (" yfinance ", "yfinance")],
)
def test_the_header_names_the_source(header, source):
    assert [tick.source for tick in decode_message(MESSAGE, header)] == [source]


@pytest.mark.parametrize("header", ["   ", "a\nb", "a\x00b", "x" * 65])
def test_a_header_that_cannot_be_a_source_is_rejected(header):
    assert isinstance(decode_message(MESSAGE, header), Reject)
