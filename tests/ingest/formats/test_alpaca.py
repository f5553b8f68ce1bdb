"""Alpaca's messages."""

from decimal import Decimal

import msgspec
import pytest

from ingest.formats.amendments import Cancel, Correction
from ingest.formats.events import Quote, Trade
from tests.ingest import made
from tests.ingest.formats import samples
from tests.ingest.formats.rejected import assert_rejected
from tests.ingest.formats.venues import NOON_US

THREE_US = NOON_US + 3 * 3600 * 1_000_000  # the samples are of 15:05 and later
MINUTE = 60_000_000

TRADE = Trade(
    THREE_US + 123_456,
    "IBM",
    "alpaca",
    Decimal("189.5"),
    Decimal(100),
    tick_id="V:52983",
    seq=52983,
    ns=789,
    exchange="V",
    tape="A",
    conditions=("@", "I"),
)
COIN = Trade(
    THREE_US + 500_000,
    "ALPACA:BTC/USD",
    "alpaca",
    Decimal("64012.1"),
    Decimal("0.0031"),
    side="sell",
    tick_id="77001",
)
QUOTE = Quote(
    THREE_US + 100_000,
    "IBM",
    "alpaca",
    Decimal("189.4"),
    Decimal("189.6"),
    Decimal(3),
    Decimal(2),
    exchange="V/Q",
    tape="A",
    conditions=("R",),
)
CORRECTION = Correction(
    Trade(
        THREE_US + 4 * MINUTE,
        "IBM",
        "alpaca",
        Decimal("189.45"),
        Decimal(90),
        tick_id="V:52990",
        seq=52990,
        exchange="V",
        tape="A",
        conditions=("@",),
    ),
    ("V:52983",),
)
CANCEL = Cancel(THREE_US + 5 * MINUTE, 0, "IBM", "alpaca", "trade", "V:52983", exchange="V")


@pytest.mark.parametrize(
    "message, found",
    [
        (samples.ALPACA_TRADE, TRADE),
        (samples.ALPACA_COIN, COIN),
        (samples.ALPACA_QUOTE, QUOTE),
        (
            samples.ALPACA_QUOTE | {"ax": "V"},
            msgspec.structs.replace(QUOTE, exchange="V"),
        ),
        (samples.ALPACA_CORRECTION, CORRECTION),
        (samples.ALPACA_CANCEL, CANCEL),
    ],
)
def test_a_message_gives_what_it_means_alone_and_in_a_list(message, found):
    assert made.decoded(msgspec.json.encode(message)) == [found]
    assert made.decoded(msgspec.json.encode([message])) == [found]


def test_the_side_of_a_coin_may_be_unknown():
    [trade] = made.decoded(msgspec.json.encode(samples.ALPACA_COIN | {"tks": "-"}))
    assert trade == msgspec.structs.replace(COIN, side=None)


OPTION = Trade(
    THREE_US,
    "AAPL260315C00172500",
    "alpaca.options",
    Decimal("2.84"),
    Decimal(1),
    exchange="N",
    conditions=("I",),
)
OPTION_QUOTE = Quote(
    THREE_US,
    "AAPL260315C00172500",
    "alpaca.options",
    Decimal("2.83"),
    Decimal("2.85"),
    Decimal(12),
    Decimal(9),
    exchange="N/C",
    conditions=("A",),
)


@pytest.mark.parametrize(
    "message, found",
    [(samples.ALPACA_OPTION, OPTION), (samples.ALPACA_OPTION_QUOTE, OPTION_QUOTE)],
)
def test_options_are_a_source_of_their_own_without_ids(message, found):
    assert made.decoded(msgspec.json.encode([message])) == [found]


def test_what_an_option_is_traded_under_moves_its_candles():
    facts = made.CATALOG.of("alpaca.options")
    assert (facts.id_scope, facts.rule_set) == ("none", "all")


@pytest.mark.parametrize("symbol", ["SPXW260315P05000000", "F260315C00012500"])
def test_an_option_is_told_by_its_symbol(symbol):
    [trade] = made.decoded(msgspec.json.encode(samples.ALPACA_TRADE | {"S": symbol}))
    assert trade.source == "alpaca.options"


@pytest.mark.parametrize("symbol", ["IBM", "BRK.B", "AAPL26031C00172500"])
def test_a_stock_whose_condition_is_a_text_is_a_stock(symbol):
    [trade] = made.decoded(msgspec.json.encode(samples.ALPACA_TRADE | {"S": symbol, "c": "@"}))
    assert (trade.source, trade.conditions) == ("alpaca", ("@",))


def test_the_exchanges_of_both_sides_are_as_long_as_one_may_be():
    message = samples.ALPACA_QUOTE | {"bx": "x" * 32, "ax": "y" * 31}
    [quote] = made.decoded(msgspec.json.encode(message))
    assert len(quote.exchange) == 64
    assert_rejected(message | {"ax": "y" * 32}, "bad exchange", "exchange is or has")


@pytest.mark.parametrize(
    "message, reason, detail",
    [
        (samples.ALPACA_CORRECTION | {"ci": None}, "no ci", "ci is missing"),
        (samples.ALPACA_CORRECTION | {"oi": ""}, "no oi", "oi is missing"),
        (samples.ALPACA_CANCEL | {"i": None}, "no i", "i is missing"),
        (samples.ALPACA_COIN | {"tks": "x"}, "bad tks", "tks is 'x'"),
    ],
)
def test_a_bad_field_is_rejected(message, reason, detail):
    assert_rejected(message, reason, detail)
