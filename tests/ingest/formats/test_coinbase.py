"""Coinbase's channels."""

from decimal import Decimal

import msgspec

from ingest.formats.events import Quote, Trade
from tests.ingest import made
from tests.ingest.formats import samples
from tests.ingest.formats.rejected import assert_rejected
from tests.ingest.formats.venues import NOON_US


def trades(*items):
    return samples.COINBASE_TRADES | {"events": [{"type": "update", "trades": list(items)}]}


[ITEM] = samples.COINBASE_TRADES["events"][0]["trades"]


def test_a_trade_has_the_side_of_its_taker():
    """Coinbase names the maker's: a bid that was bought from was hit by a sale."""
    assert made.decoded(msgspec.json.encode(samples.COINBASE_TRADES)) == [
        Trade(
            NOON_US + 123_456,
            "COINBASE:BTC-USD",
            "coinbase",
            Decimal("64012.10"),
            Decimal("0.0015"),
            side="sell",
            tick_id="995098700",
        )
    ]
    found = made.decoded(msgspec.json.encode(trades(ITEM | {"side": "SELL"}, ITEM | {"side": ""})))
    assert [trade.side for trade in found] == ["buy", None]


def test_a_ticker_is_a_quote_of_its_frames_time():
    assert made.decoded(msgspec.json.encode(samples.COINBASE_TICKER)) == [
        Quote(
            NOON_US + 123_456,
            "COINBASE:BTC-USD",
            "coinbase",
            Decimal("64012.00"),
            Decimal("64012.10"),
            Decimal("1.5"),
            Decimal("0.25"),
            seq=12,
        )
    ]


def test_the_trades_of_all_events_are_read():
    frame = samples.COINBASE_TRADES | {
        "events": [
            {"type": "snapshot", "trades": [ITEM]},
            {"type": "update", "trades": [ITEM | {"trade_id": "2"}, ITEM | {"trade_id": "3"}]},
        ]
    }
    found = made.decoded(msgspec.json.encode(frame))
    assert [trade.tick_id for trade in found] == ["995098700", "2", "3"]


def test_a_bad_field_is_rejected():
    assert_rejected(trades(ITEM | {"side": "HOLD"}), "bad side", "side is 'HOLD'")
    assert_rejected(trades(ITEM | {"time": None}), "no time", "time is missing")
