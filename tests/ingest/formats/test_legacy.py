"""The legacy format, whose source is in the header."""

from decimal import Decimal

import msgspec
import pytest

from ingest.formats.events import Reject, Trade
from tests.ingest import made
from tests.ingest.formats.rejected import assert_rejected
from tests.ingest.formats.samples import LEGACY
from tests.ingest.formats.venues import NOON_US

UNIX = 1_772_193_900  # 2026-02-27T12:05:00Z
MESSAGE = msgspec.json.encode({"symbol": "A", "price": 1, "volume": 1, "timestamp": UNIX})
TRADE = Trade(NOON_US, "AAPL", "legacy", Decimal("187.1"), Decimal(100))


def encoded(message):
    return message if isinstance(message, bytes) else msgspec.json.encode(message)


@pytest.mark.parametrize(
    "message, trade",
    [
        pytest.param(
            b'{"symbol":"AAPL","price":187.10,"volume":1e2,"event_time":"2026-02-27 12:05:00"}',
            msgspec.structs.replace(TRADE, price=Decimal("187.10")),
            id="event-time",
        ),
        pytest.param(
            LEGACY,
            msgspec.structs.replace(TRADE, tick_id="77", received_us=NOON_US + 1_000_000),
            id="timestamp",
        ),
        pytest.param(
            {"symbol": "AAPL", "price": "187.1", "volume": None, "timestamp": UNIX},
            msgspec.structs.replace(TRADE, size=None),
            id="without-a-size",
        ),
        pytest.param(
            {"symbol": "AAPL", "price": "187.1", "timestamp": UNIX, "currency": "USD"},
            msgspec.structs.replace(TRADE, size=None),
            id="without-volume",
        ),
        pytest.param(
            LEGACY | {"fetch_timestamp": "soon", "trade_id": None},
            TRADE,
            id="time-of-receipt-that-cannot-be-read",
        ),
    ],
)
def test_every_legacy_message_gives_its_trade(message, trade):
    assert made.decoded(encoded(message)) == [trade]


@pytest.mark.parametrize(
    "extra",
    [
        {"channel": "web"},
        {"method": "auction"},
        {"type": "error"},
        {"type": "trade"},
        {"type": "market"},
        {"type": "index"},
        {"event": ["price"]},
        {"day": "2026-02-27", "order": 5, "highlight": True, "task": "a", "market_cap": 1},
        {"bid": None, "size": None, "avg_volume": None},
    ],
)
def test_further_keys_are_tolerated(extra):
    message = {"symbol": "AAPL", "price": 187.1, "volume": 100, "timestamp": UNIX}
    assert made.decoded(encoded(message | extra)) == [TRADE]


@pytest.mark.parametrize(
    "ids, tick_id",
    [
        ({}, None),
        ({"id": 5}, "5"),
        ({"id": "5", "trade_id": "t"}, "t"),
        ({"id": "5", "trade_id": "t", "dedupe_id": "d"}, "d"),
        ({"id": "5", "trade_id": None, "dedupe_id": ""}, "5"),
    ],
)
def test_the_first_of_its_ids_is_its_identity(ids, tick_id):
    message = {"symbol": "A", "price": 1, "volume": 1, "timestamp": UNIX} | ids
    assert [trade.tick_id for trade in made.decoded(encoded(message))] == [tick_id]


@pytest.mark.parametrize(
    "header, source",
    [(None, "legacy"), ("", "legacy"), ("yfinance", "yfinance"), (" YFinance ", "yfinance")],
)
def test_the_header_names_the_source(header, source):
    assert [trade.source for trade in made.decoded(MESSAGE, header)] == [source]


@pytest.mark.parametrize("header", ["   ", "a\nb", "a\x00b", "x" * 65])
def test_a_header_that_cannot_be_a_source_is_rejected(header):
    assert isinstance(made.decoded(MESSAGE, header), Reject)


# A key of a size, of a quote, of an order or of a summary.
FOREIGN = (
    "vol", "Volume", "volume24h", "day_volume", "avgVolume", "size", "lastSize", "trade_size",
    "qty", "orderQty", "quantity", "amount", "TotalAmount", "sz", "q", "bid", "ask", "bestBid",
    "bid_size", "askPrice", "order_id", "orderID", "clOrdID", "ordStatus", "dayLow", "low_24h",
    "yearHigh", "previousClose", "prev_close",
)  # fmt: skip


@pytest.mark.parametrize("volume", [{}, {"volume": 5}])
@pytest.mark.parametrize("key", FOREIGN)
def test_a_key_that_no_trade_of_this_format_has_is_named(key, volume):
    message = {"symbol": "A", "price": 1, "timestamp": UNIX, key: 5} | volume
    assert_rejected(message, "unknown format", f"; a legacy trade has no '{key}'")


@pytest.mark.parametrize(
    "key, value",
    [
        ("type", "mark_price"),
        ("type", "IndexPrice"),
        ("channel", "ticker"),
        ("kind", "quote"),
        ("event", "price"),
        ("event", "kline"),
    ],
)
def test_a_type_that_is_no_trade_is_named(key, value):
    message = {"symbol": "A", "price": 1, "volume": 5, "timestamp": UNIX, key: value}
    assert_rejected(message, "unknown format", f"; {key} of a legacy trade is not '{value}'")
