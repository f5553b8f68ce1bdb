"""Kraken's channels."""

from decimal import Decimal

import msgspec
import pytest

from ingest.formats.events import Quote, Trade
from tests.ingest import made
from tests.ingest.formats.rejected import assert_rejected
from tests.ingest.formats.samples import KRAKEN_TICKER, KRAKEN_TRADES
from tests.ingest.formats.venues import NOON_US

[ITEM] = KRAKEN_TRADES["data"]
[TICKER] = KRAKEN_TICKER["data"]
SELL = Trade(
    NOON_US + 123_456,
    "KRAKEN:BTC/USD",
    "kraken",
    Decimal("64012.1"),
    Decimal("0.0031"),
    side="sell",
    tick_id="77001",
    seq=77001,
)


def trades(*items):
    return KRAKEN_TRADES | {"data": list(items)}


def test_trades_are_read_in_their_order():
    other = ITEM | {"symbol": "ETH/USD", "side": "buy", "trade_id": "4097"}
    assert made.decoded(msgspec.json.encode(trades(ITEM, other))) == [
        SELL,
        msgspec.structs.replace(
            SELL, symbol="KRAKEN:ETH/USD", side="buy", tick_id="4097", seq=4097
        ),
    ]


@pytest.mark.parametrize(
    "symbol, known",
    [
        ("ETH/XBT", "KRAKEN:ETH/BTC"),
        ("XDG/XBT", "KRAKEN:DOGE/BTC"),
        ("XBT", "KRAKEN:BTC"),
        ("XBTX/USD", "KRAKEN:XBTX/USD"),
    ],
)
def test_both_currencies_of_a_pair_have_their_usual_names(symbol, known):
    [trade] = made.decoded(msgspec.json.encode(trades(ITEM | {"symbol": symbol})))
    assert trade.symbol == known


def test_a_ticker_is_a_quote_with_its_sizes_in_the_series_of_its_source():
    assert made.decoded(msgspec.json.encode(KRAKEN_TICKER)) == [
        Quote(
            NOON_US,
            "KRAKEN:DOGE/USD",
            "kraken",
            Decimal("0.1"),
            Decimal("0.2"),
            Decimal(5),
            Decimal(6),
        )
    ]


@pytest.mark.parametrize(
    "message, reason",
    [
        pytest.param(trades(ITEM | {"timestamp": None}), "no time", id="no-time"),
        pytest.param(trades(ITEM | {"price": "x"}), "bad number", id="price-word"),
        pytest.param(trades(ITEM, ITEM | {"side": 5}), "bad side", id="second-side"),
        pytest.param(trades(ITEM | {"trade_id": -1}), "bad trade_id", id="id-below-zero"),
        pytest.param(trades(1), "unknown format", id="numbers"),
        pytest.param(trades({}), "unknown format", id="empty"),
        pytest.param(
            KRAKEN_TICKER | {"data": [TICKER | {"bid": "", "ask": None}]}, "empty quote", id="empty"
        ),
    ],
)
def test_a_kraken_message_with_a_bad_field_is_rejected(message, reason):
    assert_rejected(message, reason)
