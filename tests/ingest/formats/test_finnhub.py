"""Finnhub's frames and trades."""

from decimal import Decimal

import msgspec
import pytest
from ingest.formats.tick import Tick

from ingest.formats.decode import decode_message
from tests.ingest.formats.rejected import assert_rejected

# 2026-02-27T12:05:00Z, in microseconds since 2000-01-01: 9554 days and 43,500 seconds.
TIME_US = (9554 * 86_400 + 43_500) * 1_000_000
UNIX = 1_772_193_900  # the same in seconds of Unix time


def encoded(message):
    return message if isinstance(message, bytes) else msgspec.json.encode(message)


@pytest.mark.parametrize(
    "message, ticks",
    [
        pytest.param(
            {"s": "AAPL", "p": 1.5, "t": UNIX * 1000 + 7, "v": 100, "c": ["1"]},
            [Tick(TIME_US + 7000, "AAPL", "finnhub", Decimal("1.5"), Decimal(100))],
            id="finnhub-bare-trade",
        ),
        pytest.param(
            {"s": "OANDA:EUR_USD", "p": 1.5, "t": UNIX * 1000, "v": 0},
            [Tick(TIME_US, "OANDA:EUR_USD", "finnhub", Decimal("1.5"))],
            id="finnhub-price-update-without-volume",
        ),
        pytest.param({"type": "ping"}, [], id="finnhub-ping"),
        pytest.param({"type": "error", "msg": "Invalid API key"}, [], id="finnhub-error"),
        pytest.param({"type": "trade", "data": []}, [], id="finnhub-empty-frame"),
    ],
)
def test_every_finnhub_message_gives_its_trades(message, ticks):
    assert decode_message(encoded(message)) == ticks


def test_equal_trades_of_a_frame_have_ids_of_their_own():
    trade = {"s": "AAPL", "p": 187.10, "t": UNIX * 1000, "v": 100, "c": ["1"]}
    frame = encoded({"type": "trade", "data": [trade, trade, trade | {"v": 5}]})
    ticks = decode_message(frame)
    assert [(tick.us, tick.symbol, tick.price, tick.size, tick.seq) for tick in ticks] == [
        (TIME_US, "AAPL", Decimal("187.1"), Decimal(100), 0),
        (TIME_US, "AAPL", Decimal("187.1"), Decimal(100), 1),
        (TIME_US, "AAPL", Decimal("187.1"), Decimal(5), 2),
    ]
    assert len({tick.tick_id for tick in ticks}) == 3
    assert decode_message(frame) == ticks


@pytest.mark.parametrize(
    "message, reason",
    [
        pytest.param({"type": "trade", "data": None}, "wrong type", id="finnhub-data-null"),
        pytest.param({"type": "trade", "data": [1]}, "wrong type", id="finnhub-data-numbers"),
        pytest.param({"type": "trade", "data": [{"s": "A"}]}, "no time", id="finnhub-no-time"),
    ],
)
def test_a_finnhub_message_with_a_bad_field_is_rejected(message, reason):
    assert_rejected(message, reason)
