"""Bybit's topics."""

from decimal import Decimal

import msgspec
import pytest

from ingest.formats.events import Ignored, Quote, Trade
from tests.ingest import made
from tests.ingest.formats import samples
from tests.ingest.formats.rejected import assert_rejected
from tests.ingest.formats.venues import NOON_US

TRADE = Trade(
    NOON_US + 123_000,
    "BYBIT:BTCUSDT",
    "bybit",
    Decimal("64012.10"),
    Decimal("0.001"),
    side="sell",
    tick_id="20f43950-d8dd-5b31-9112-a178eb6023af",
    seq=1783284617,
)
QUOTE = Quote(
    NOON_US + 123_000,
    "BYBIT:BTCUSDT",
    "bybit",
    Decimal("64012.00"),
    Decimal("64012.10"),
    Decimal("1.5"),
    Decimal("0.25"),
    seq=24987956059,
)


@pytest.mark.parametrize("topic", ["publicTrade.BTCUSDT", "trade.BTCUSDT", "trade.linear.BTCUSDT"])
def test_a_trade_is_read_under_every_name_of_its_topic(topic):
    message = samples.BYBIT_TRADES | {"topic": topic}
    assert made.decoded(msgspec.json.encode(message)) == [TRADE]


def ticker(**changes):
    data = {key: one for key, one in (samples.BYBIT_TICKER["data"] | changes).items() if one}
    return msgspec.json.encode(samples.BYBIT_TICKER | {"data": data, "type": "delta"})


def test_a_ticker_is_a_quote_with_the_sides_that_changed():
    assert made.decoded(msgspec.json.encode(samples.BYBIT_TICKER)) == [QUOTE]
    assert made.decoded(ticker(bid1Price=None, bid1Size=None)) == [
        msgspec.structs.replace(QUOTE, bid=None, bid_size=None)
    ]


def test_a_ticker_without_bid_and_ask_is_ignored():
    assert made.decoded(ticker(bid1Price=None, ask1Price=None)) == Ignored("no events")


def test_block_trades_and_those_of_retail_orders_have_a_condition():
    item = samples.BYBIT_TRADES["data"][0] | {"BT": True, "RPI": True}
    message = msgspec.json.encode(samples.BYBIT_TRADES | {"data": [item]})
    assert made.decoded(message) == [msgspec.structs.replace(TRADE, conditions=("BT", "RPI"))]


BOOK = {
    "topic": "orderbook.1.BTCUSDT",
    "ts": 1_772_193_900_200,
    "type": "snapshot",
    "data": {
        "s": "BTCUSDT",
        "b": [["64012.00", "1.5"]],
        "a": [["64012.10", "0.25"]],
        "u": 7,
        "seq": 24987956059,
    },
    "cts": 1_772_193_900_123,
}


def test_a_book_of_depth_one_is_a_quote_at_the_time_of_the_engine():
    assert made.decoded(msgspec.json.encode(BOOK)) == [QUOTE]
    later = msgspec.structs.replace(QUOTE, us=NOON_US + 200_000)
    without = {key: one for key, one in BOOK.items() if key != "cts"}
    assert made.decoded(msgspec.json.encode(without)) == [later]


def test_other_books_are_no_quotes():
    for change in ({"topic": "orderbook.50.BTCUSDT"}, {"type": "delta"}):
        assert_rejected(BOOK | change, "unknown format", "topic")


def test_a_bad_field_is_rejected():
    message = samples.BYBIT_TRADES | {"data": [samples.BYBIT_TRADES["data"][0] | {"S": "x"}]}
    assert_rejected(message, "bad S", "S is 'x'")
