"""Binance's streams."""

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
    stream = f"{message['s'].lower()}@{message['e']}"
    wrapped = {"stream": stream, "data": message}
    assert made.decoded(msgspec.json.encode(wrapped)) == [event]


def test_the_stream_of_all_books_has_those_of_every_symbol():
    message = {"stream": "!bookTicker", "data": samples.BINANCE_FUTURES_BOOK}
    assert made.decoded(msgspec.json.encode(message)) == [BOOK]
    assert_rejected(message | {"data": samples.BINANCE_TRADE}, "unknown format", "stream is '!book")


FUTURES_TRADE = {
    "e": "trade",
    "E": 1_772_193_900_125,
    "T": 1_772_193_900_123,
    "s": "BTCUSDT",
    "t": 12345,
    "p": "64012.10",
    "q": "0.0031",
    "X": "MARKET",
    "m": True,
}


def test_a_trade_of_futures_on_the_book_is_one_of_the_spot_market():
    assert made.decoded(msgspec.json.encode(FUTURES_TRADE)) == [TRADE]


@pytest.mark.parametrize("kind", ["INSURANCE_FUND", "ADL"])
def test_a_trade_off_the_book_says_so_in_its_conditions(kind):
    assert made.decoded(msgspec.json.encode(FUTURES_TRADE | {"X": kind})) == [
        msgspec.structs.replace(TRADE, conditions=(kind,))
    ]


def test_a_number_of_the_sequence_without_a_trade_is_ignored():
    nothing = FUTURES_TRADE | {"p": "0", "q": "0", "X": "NA"}
    wrapped = {"stream": "btcusdt@trade", "data": nothing}
    for message in (nothing, wrapped, [nothing, wrapped]):
        assert made.decoded(msgspec.json.encode(message)) == Ignored("not a trade")
    assert made.decoded(msgspec.json.encode([nothing, FUTURES_TRADE])) == [TRADE]


def test_a_price_of_zero_alone_is_a_trade():
    [trade] = made.decoded(msgspec.json.encode(FUTURES_TRADE | {"p": "0", "q": "0"}))
    assert trade.price == 0


@pytest.mark.parametrize(
    "symbol",
    ["1000SATSUSDT", "BTCUSD_PERP", "BTCUSD_261225", "BTC-261225-126000-C", "币安人生USDT"],
)
def test_every_spelling_of_a_symbol_is_read(symbol):
    message = {"stream": f"{symbol.lower()}@trade", "data": FUTURES_TRADE | {"s": symbol}}
    [trade] = made.decoded(msgspec.json.encode(message))
    assert trade.symbol == f"BINANCE:{symbol}"


@pytest.mark.parametrize(
    "stream, changes",
    [
        ("trade.SOL_USDC", {"s": "SOL_USDC", "b": "1", "a": "2"}),
        ("btcusdt@aggTrade", {}),
        ("ethusdt@trade", {}),
        ("BTCUSDT@trade", {}),
        ("x", {}),
        (5, {}),
        (None, {"s": "SOL_USDC"}),
        (None, {"s": "BTC-USDT"}),
        (None, {"s": "BTC/USDT"}),
        (None, {"s": "btcusdt"}),
    ],
)
def test_the_frames_of_venues_that_copied_them_are_of_no_known_format(stream, changes):
    event = FUTURES_TRADE | changes
    message = event if stream is None else {"stream": stream, "data": event}
    assert_rejected(message, "unknown format", "e is" if stream is None else "['data', 'stream']")


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
        (
            {"stream": "bnbusdt@bookTicker", "data": samples.BINANCE_BOOK},
            "no time",
            "names no time",
        ),
        (samples.BINANCE_TRADE | {"m": "true"}, "wrong type", "m is 'true'"),
        (samples.BINANCE_TRADE | {"p": "x"}, "bad number", "p is 'x'"),
        (samples.BINANCE_TRADE | {"s": 5}, "bad s", "s is 5, a number"),
    ],
)
def test_a_bad_field_is_rejected(message, reason, detail):
    assert_rejected(message, reason, detail)
