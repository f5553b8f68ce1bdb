"""Finnhub's frames and trades."""

from decimal import Decimal

import msgspec
import pytest

from ingest.formats.events import Ignored, Trade
from tests.ingest import made
from tests.ingest.formats.rejected import assert_rejected
from tests.ingest.formats.venues import NOON_US

UNIX = 1_772_193_900  # 2026-02-27T12:05:00Z
TRADE = {"s": "AAPL", "p": 187.10, "t": UNIX * 1000, "v": 100, "c": ["1"]}


def encoded(message):
    return msgspec.json.encode(message)


@pytest.mark.parametrize(
    "message, trade",
    [
        pytest.param(
            TRADE | {"t": UNIX * 1000 + 7, "c": ["1", 12]},
            Trade(
                NOON_US + 7000,
                "AAPL",
                "finnhub",
                Decimal("187.1"),
                Decimal(100),
                conditions=("1", "12"),
            ),
            id="bare-trade",
        ),
        pytest.param(
            {"s": "OANDA:EUR_USD", "p": 1.5, "t": UNIX * 1000, "v": 0, "c": None},
            Trade(NOON_US, "OANDA:EUR_USD", "finnhub", Decimal("1.5")),
            id="price-update-without-volume",
        ),
    ],
)
def test_a_bare_trade_has_no_id(message, trade):
    assert made.decoded(encoded(message)) == [trade]


@pytest.mark.parametrize("key", ["x", "dp", "ms", "symbol"])
def test_a_bare_trade_with_a_further_key_is_of_another_venue(key):
    assert_rejected(TRADE | {key: "open"}, "unknown format", f"'{key}'")


def test_an_empty_frame_is_ignored():
    assert made.decoded(encoded({"type": "trade", "data": []})) == Ignored("no events")


def test_equal_trades_of_a_frame_have_ids_of_their_own():
    frame = encoded({"type": "trade", "data": [TRADE, TRADE, TRADE | {"v": 5}]})
    trades = made.decoded(frame)
    assert [(one.us, one.symbol, one.price, one.size, one.seq) for one in trades] == [
        (NOON_US, "AAPL", Decimal("187.1"), Decimal(100), 0),
        (NOON_US, "AAPL", Decimal("187.1"), Decimal(100), 1),
        (NOON_US, "AAPL", Decimal("187.1"), Decimal(5), 2),
    ]
    assert {one.conditions for one in trades} == {("1",)}
    assert len({one.tick_id for one in trades}) == 3
    assert made.decoded(frame) == trades


@pytest.mark.parametrize(
    "message, reason",
    [
        pytest.param({"type": "trade", "data": None}, "unknown format", id="data-null"),
        pytest.param({"type": "trade", "data": [1]}, "unknown format", id="data-numbers"),
        pytest.param({"type": "trade", "data": [{"s": "A"}]}, "unknown format", id="no-price"),
        pytest.param(TRADE | {"t": 20260227}, "bad time", id="time-as-a-date"),
        pytest.param(TRADE | {"c": {}}, "wrong type", id="conditions-object"),
        pytest.param(TRADE | {"v": -1}, "bad v", id="size-below-zero"),
    ],
)
def test_a_finnhub_message_with_a_bad_field_is_rejected(message, reason):
    assert_rejected(message, reason)
