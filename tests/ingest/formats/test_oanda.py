"""OANDA's prices, and as SPtraderB's service passed them on."""

from decimal import Decimal

import msgspec
import pytest

from ingest.formats.events import Ignored, Quote
from tests.ingest import made
from tests.ingest.formats import samples
from tests.ingest.formats.rejected import assert_rejected
from tests.ingest.formats.venues import NOON_US

QUOTE = Quote(
    NOON_US + 123_456,
    "OANDA:EUR_USD",
    "oanda",
    Decimal("1.08001"),
    Decimal("1.08012"),
    Decimal(1_000_000),
    Decimal(1_500_000),
    tick_id="1772193900123456789",
    ns=789,
)


@pytest.mark.parametrize("message", [samples.OANDA_PRICE, samples.OANDA_PASSED_ON])
def test_a_price_gives_its_best_bid_and_ask(message):
    assert made.decoded(msgspec.json.encode(message)) == [QUOTE]


def test_a_time_may_be_that_of_unix():
    message = samples.OANDA_PRICE | {"time": "1772193900.123456789"}
    assert made.decoded(msgspec.json.encode(message)) == [QUOTE]


@pytest.mark.parametrize(
    "message", [samples.OANDA_PRICE | {"asks": []}, samples.OANDA_PASSED_ON | {"ask": None}]
)
def test_a_side_may_be_empty(message):
    [quote] = made.decoded(msgspec.json.encode(message))
    assert (quote.bid, quote.ask, quote.ask_size) == (Decimal("1.08001"), None, None)


@pytest.mark.parametrize(
    "changes, reason, detail",
    [
        ({"bids": 7}, "wrong type", "bids is 7, not a list"),
        ({"asks": [7]}, "wrong type", "ask is 7, not an object"),
        ({"bids": [{"price": "x"}]}, "bad number", "price is 'x'"),
        ({"time": "yesterday"}, "bad time", "time is 'yesterday'"),
        ({"instrument": ""}, "no instrument", "instrument is empty"),
    ],
)
def test_a_bad_field_is_rejected(changes, reason, detail):
    assert_rejected(samples.OANDA_PRICE | changes, reason, detail)


@pytest.mark.parametrize(
    "message, reason",
    [
        (samples.OANDA_PRICE | {"tradeable": False, "status": "non-tradeable"}, "not tradeable"),
        (samples.OANDA_PASSED_ON | {"status": "non-tradeable"}, "not tradeable"),
        (samples.OANDA_PRICE | {"bids": [], "asks": []}, "no events"),
        (samples.OANDA_PASSED_ON | {"bid": None, "ask": None}, "no events"),
    ],
)
def test_what_holds_no_quote_is_ignored(message, reason):
    assert made.decoded(msgspec.json.encode(message)) == Ignored(reason)
