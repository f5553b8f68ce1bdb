"""Kraken's channels."""

from decimal import Decimal

import msgspec
import pytest
from ingest.formats.tick import Tick

from ingest.formats.decode import decode_message
from tests.ingest.formats.rejected import assert_rejected

# 2026-02-27T12:05:00Z, in microseconds since 2000-01-01: 9554 days and 43,500 seconds.
TIME_US = (9554 * 86_400 + 43_500) * 1_000_000


def encoded(message):
    return message if isinstance(message, bytes) else msgspec.json.encode(message)


@pytest.mark.parametrize(
    "message, ticks",
    [
        pytest.param(
            {
                "channel": "trade",
                "type": "update",
                "data": [
                    {
                        "symbol": "XBT/USD",
                        "side": "sell",
                        "price": 64012.1,
                        "qty": 0.0031,
                        "ord_type": "market",
                        "trade_id": 77001,
                        "timestamp": "2026-02-27T12:05:00.123456Z",
                    },
                    {
                        "symbol": "ETH/USD",
                        "side": "buy",
                        "price": 3000,
                        "qty": 1,
                        "ord_type": "limit",
                        "trade_id": 4097,
                        "timestamp": "2026-02-27T12:05:01Z",
                    },
                ],
            },
            [
                Tick(
                    TIME_US + 123456,
                    "KRAKEN:BTC/USD",
                    "kraken",
                    Decimal("64012.1"),
                    Decimal("0.0031"),
                    tick_id="77001",
                    seq=77001,
                ),
                Tick(
                    TIME_US + 1_000_000,
                    "KRAKEN:ETH/USD",
                    "kraken",
                    Decimal(3000),
                    Decimal(1),
                    tick_id="4097",
                    seq=4097,
                ),
            ],
            id="kraken-trades",
        ),
        pytest.param(
            {
                "channel": "ticker",
                "type": "snapshot",
                "data": [
                    {
                        "symbol": "XDG/USD",
                        "bid": 0.1,
                        "bid_qty": 5,
                        "ask": 0.2,
                        "ask_qty": 6,
                        "last": 0.1,
                        "timestamp": "2026-02-27T12:05:00Z",
                    }
                ],
            },
            [
                Tick(
                    TIME_US,
                    "KRAKEN:DOGE/USD",
                    "kraken.quotes",
                    Decimal("0.15"),
                    None,
                    Decimal("0.1"),
                    Decimal("0.2"),
                )
            ],
            id="kraken-ticker",
        ),
        pytest.param({"channel": "heartbeat"}, [], id="kraken-heartbeat"),
        pytest.param({"channel": "status", "data": [{"api": "v2"}]}, [], id="kraken-status"),
        pytest.param({"method": "subscribe", "success": True}, [], id="kraken-acknowledgement"),
    ],
)
def test_every_kraken_message_gives_its_ticks(message, ticks):
    assert decode_message(encoded(message)) == ticks


@pytest.mark.parametrize(
    "message, reason",
    [
        pytest.param({"channel": "trade"}, "wrong type", id="kraken-no-data"),
        pytest.param({"channel": "ticker", "data": [[]]}, "wrong type", id="kraken-data-lists"),
        pytest.param({"channel": "trade", "data": [{}]}, "no time", id="kraken-empty-trade"),
    ],
)
def test_a_kraken_message_with_a_bad_field_is_rejected(message, reason):
    assert_rejected(message, reason)
