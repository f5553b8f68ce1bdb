"""Binance's streams."""

from decimal import Decimal

import msgspec
import pytest

from ingest.formats.events import Quote, Trade
from tests.ingest import made
from tests.ingest.formats import samples
from tests.ingest.formats.rejected import assert_rejected
from tests.ingest.formats.venues import NOON_US

TRADE = Trade(
    NOON_US + 123_000,
    "BINANCE:BTCUSDT",
    "binance",
    Decimal("64012.10"),
    Decimal("0.0031"),
    side="sell",
    tick_id="12345",
    seq=12345,
)
AGGREGATE = Trade(
    NOON_US + 123_000,
    "BINANCE:BTCUSDT",
    "binance.agg",
    Decimal("64012.10"),
    Decimal("0.5"),
    side="buy",
    tick_id="777",
    seq=777,
)
BOOK = Quote(
    NOON_US + 123_000,
    "BINANCE:BNBUSDT",
    "binance",
    Decimal("25.35190000"),
    Decimal("25.36520000"),
    Decimal("31.21000000"),
    Decimal("40.66000000"),
    tick_id="400900217",
    seq=400900217,
)


@pytest.mark.parametrize(
    "message, event",
    [
        (samples.BINANCE_TRADE, TRADE),
        (samples.BINANCE_AGGREGATE, AGGREGATE),
        (samples.BINANCE_FUTURES_BOOK, BOOK),
    ],
)
def test_a_message_gives_its_event_raw_and_wrapped(message, event):
    assert made.decoded(msgspec.json.encode(message)) == [event]
    wrapped = {"stream": "btcusdt@trade", "data": message}
    assert made.decoded(msgspec.json.encode(wrapped)) == [event]


def test_microseconds_are_read_as_such():
    message = samples.BINANCE_TRADE | {"T": 1_772_193_900_123_456}
    [trade] = made.decoded(msgspec.json.encode(message))
    assert trade.us == NOON_US + 123_456


def test_the_time_of_an_event_stands_in_for_that_of_the_book():
    message = {key: one for key, one in samples.BINANCE_FUTURES_BOOK.items() if key != "T"}
    [quote] = made.decoded(msgspec.json.encode(message))
    assert quote.us == NOON_US + 125_000


@pytest.mark.parametrize(
    "message, reason, detail",
    [
        (samples.BINANCE_BOOK, "no time", "names no time: publish it as a native quote"),
        ({"stream": "x@bookTicker", "data": samples.BINANCE_BOOK}, "no time", "names no time"),
        (samples.BINANCE_TRADE | {"m": "true"}, "wrong type", "m is 'true'"),
        (samples.BINANCE_TRADE | {"p": "x"}, "bad number", "p is 'x'"),
        (samples.BINANCE_TRADE | {"s": 5}, "bad s", "s is 5, a number"),
    ],
)
def test_a_bad_field_is_rejected(message, reason, detail):
    assert_rejected(message, reason, detail)
