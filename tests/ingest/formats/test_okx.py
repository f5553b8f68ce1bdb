"""OKX's channels."""

from decimal import Decimal

import msgspec
import pytest

from ingest.formats.events import Quote, Reject, Trade
from tests.ingest import made
from tests.ingest.formats import samples
from tests.ingest.formats.rejected import assert_rejected
from tests.ingest.formats.venues import NOON_US

TRADE = Trade(
    NOON_US + 123_000,
    "OKX:BTC-USDT",
    "okx",
    Decimal("64012.1"),
    Decimal("0.12"),
    side="buy",
    tick_id="130639474",
)
QUOTE = Quote(
    NOON_US + 123_000,
    "OKX:BTC-USDT",
    "okx",
    Decimal("64012.1"),
    Decimal("64012.2"),
    Decimal(5),
    Decimal(11),
)
BEST = msgspec.structs.replace(QUOTE, symbol="OKX:BTC-USDT-SWAP", seq=363996337)


@pytest.mark.parametrize(
    "message, event",
    [
        (samples.OKX_TRADES, TRADE),
        (samples.OKX_TICKER, QUOTE),
        (samples.OKX_BEST, BEST),
    ],
)
def test_a_message_gives_its_event(message, event):
    assert made.decoded(msgspec.json.encode(message)) == [event]


def test_trades_that_are_not_joined_are_a_source_of_their_own():
    message = samples.OKX_TRADES | {"arg": {"channel": "trades-all", "instId": "BTC-USDT"}}
    [trade] = made.decoded(msgspec.json.encode(message))
    assert trade.source == "okx.all"


def best(**changes):
    return samples.OKX_BEST | {"data": [samples.OKX_BEST["data"][0] | changes]}


@pytest.mark.parametrize(
    "change",
    [
        {"action": "snapshot"},
        {"arg": samples.OKX_TRADES["arg"] | {"instType": "sp"}},
        {"arg": {"channel": "trades"}},
    ],
)
def test_a_frame_with_an_action_or_another_argument_is_of_another_venue(change):
    assert_rejected(samples.OKX_TRADES | change, "unknown format", "'data'")


def test_an_empty_side_of_a_book_is_missing():
    assert made.decoded(msgspec.json.encode(best(asks=[]))) == [
        msgspec.structs.replace(BEST, ask=None, ask_size=None)
    ]
    assert made.decoded(msgspec.json.encode(best(asks=[], bids=[]))) == Reject(
        "empty quote", "the quote has neither bid nor ask"
    )


@pytest.mark.parametrize("level", [None, [1], [["1"]], {"a": 1}])
def test_a_side_that_is_no_list_of_levels_is_rejected(level):
    assert_rejected(best(asks=level), "wrong type", "asks is")
