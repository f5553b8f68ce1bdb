"""The native format, message by message."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from ingest.formats.tick import Tick

from ingest.formats.decode import decode_message
from tests.ingest import made
from tests.ingest.formats.rejected import assert_rejected

# 2026-02-27T12:05:00Z, in microseconds since 2000-01-01: 9554 days and 43,500 seconds.
TIME_US = (9554 * 86_400 + 43_500) * 1_000_000

TRADE = {
    "v": 1,
    "kind": "trade",
    "source": "kraken",
    "symbol": "KRAKEN:BTC/USD",
    "event_time": "2026-02-27T12:05:00.123456Z",
    "price": "64012.1",
    "size": "0.0031",
    "side": "buy",
    "trade_id": "77001",
    "seq": 77001,
    "dedupe_id": "77001",
}
QUOTE = {
    "v": 1,
    "kind": "quote",
    "source": "dukascopy",
    "symbol": "DUKASCOPY:EUR/USD",
    "event_time": "2026-02-26T12:00:00.093Z",
    "bid": "1.08001",
    "bid_size": "900000",
    "ask": "1.08004",
    "ask_size": "1800000",
    "dedupe_id": "1772107200093-0",
    "flags": ["backfill"],
}


def encoded(message):
    return message if isinstance(message, bytes) else msgspec.json.encode(message)


def without(message, *names):
    return {name: value for name, value in message.items() if name not in names}


@pytest.mark.parametrize(
    "message, ticks",
    [
        pytest.param(
            TRADE,
            [
                Tick(
                    TIME_US + 123456,
                    "KRAKEN:BTC/USD",
                    "kraken",
                    Decimal("64012.1"),
                    Decimal("0.0031"),
                    tick_id="77001",
                    seq=77001,
                )
            ],
            id="native-trade",
        ),
        pytest.param(
            QUOTE,
            [
                Tick(
                    TIME_US - 86_700_000_000 + 93_000,
                    "DUKASCOPY:EUR/USD",
                    "dukascopy",
                    Decimal("1.080025"),
                    None,
                    Decimal("1.08001"),
                    Decimal("1.08004"),
                    tick_id="1772107200093-0",
                )
            ],
            id="native-quote",
        ),
        pytest.param(
            QUOTE | {"source": "kraken", "bid": "1", "ask": "2"},
            [
                Tick(
                    TIME_US - 86_700_000_000 + 93_000,
                    "DUKASCOPY:EUR/USD",
                    "kraken.quotes",
                    Decimal("1.5"),
                    None,
                    Decimal(1),
                    Decimal(2),
                    tick_id="1772107200093-0",
                )
            ],
            id="native-quote-of-a-venue-that-trades",
        ),
        pytest.param(
            without(TRADE, "dedupe_id", "seq", "size"),
            [
                Tick(
                    TIME_US + 123456,
                    "KRAKEN:BTC/USD",
                    "kraken",
                    Decimal("64012.1"),
                    tick_id="77001",
                )
            ],
            id="native-trade-with-nothing-but-a-trade-id",
        ),
        pytest.param(
            TRADE | {"dedupe_id": "", "trade_id": 5, "seq": None, "flags": None},
            [
                Tick(
                    TIME_US + 123456,
                    "KRAKEN:BTC/USD",
                    "kraken",
                    Decimal("64012.1"),
                    Decimal("0.0031"),
                    tick_id="5",
                )
            ],
            id="native-trade-with-a-number-for-its-id",
        ),
        pytest.param(
            TRADE | {"flags": ["no_size", "something new"], "new": {"field": [1]}},
            [
                Tick(
                    TIME_US + 123456,
                    "KRAKEN:BTC/USD",
                    "kraken",
                    Decimal("64012.1"),
                    tick_id="77001",
                    seq=77001,
                )
            ],
            id="native-trade-without-a-size",
        ),
        pytest.param(TRADE | {"flags": ["non_tradeable"]}, [], id="native-not-tradeable"),
        pytest.param({"v": 1, "kind": "batch_end", "batch": "b", "rows": 3}, [], id="batch-end"),
    ],
)
def test_every_native_message_gives_its_ticks(message, ticks):
    assert decode_message(encoded(message)) == ticks


@given(made.ticks)
def test_a_native_message_of_a_tick_gives_that_tick(tick):
    assert decode_message(made.native(tick)) == [tick]


def test_a_header_does_not_change_a_source_that_the_message_names():
    assert [tick.source for tick in decode_message(encoded(TRADE), "other")] == ["kraken"]


def test_the_mid_of_two_numbers_at_their_limits_is_exact():
    bid, ask = "99999999999999999999.99999999999999999997", "0.00000000000000000002"
    [tick] = decode_message(encoded(QUOTE | {"bid": bid, "ask": ask}))
    assert tick.price == Decimal("49999999999999999999.999999999999999999995")


def test_a_message_of_ten_megabytes_with_a_tick_is_read():
    [tick] = decode_message(encoded(TRADE | {"comment": "x" * 10_000_000}))
    assert tick.tick_id == "77001"


@pytest.mark.parametrize(
    "message, reason",
    [
        pytest.param(TRADE | {"v": 2}, "unknown version", id="v-2"),
        pytest.param(TRADE | {"v": "1"}, "unknown version", id="v-text"),
        pytest.param(TRADE | {"v": True}, "unknown version", id="v-true"),
        pytest.param(TRADE | {"v": None}, "unknown version", id="v-null"),
        pytest.param(TRADE | {"kind": "bar"}, "unknown kind", id="kind-bar"),
        pytest.param(TRADE | {"kind": None}, "unknown kind", id="kind-null"),
        pytest.param(TRADE | {"kind": ["trade"]}, "unknown kind", id="kind-list"),
        pytest.param(TRADE | {"flags": "backfill"}, "wrong type", id="flags-text"),
        pytest.param(TRADE | {"symbol": ""}, "no symbol", id="symbol-empty"),
        pytest.param(TRADE | {"symbol": "  "}, "no symbol", id="symbol-blank"),
        pytest.param(TRADE | {"symbol": None}, "no symbol", id="symbol-null"),
        pytest.param(TRADE | {"symbol": 17}, "wrong type", id="symbol-number"),
        pytest.param(TRADE | {"symbol": "A" * 65}, "bad symbol", id="symbol-65-characters"),
        pytest.param(TRADE | {"symbol": "A\x00"}, "bad symbol", id="symbol-with-zero"),
        pytest.param(TRADE | {"symbol": "A\tB"}, "bad symbol", id="symbol-with-tab"),
        pytest.param(TRADE | {"symbol": "A\u2028B"}, "bad symbol", id="symbol-with-line-end"),
        pytest.param(without(TRADE, "source"), "no source", id="source-missing"),
        pytest.param(TRADE | {"source": ["kraken"]}, "wrong type", id="source-list"),
        pytest.param(TRADE | {"dedupe_id": True}, "wrong type", id="id-true"),
        pytest.param(TRADE | {"dedupe_id": "x" * 201}, "bad dedupe_id", id="id-201-characters"),
        pytest.param(TRADE | {"dedupe_id": "a\x00"}, "bad dedupe_id", id="id-with-zero"),
        pytest.param(TRADE | {"seq": "5"}, "wrong type", id="seq-text"),
        pytest.param(TRADE | {"seq": 5.0}, "wrong type", id="seq-5.0"),
        pytest.param(TRADE | {"seq": False}, "wrong type", id="seq-false"),
        pytest.param(without(TRADE, "price"), "no price", id="price-missing"),
        pytest.param(TRADE | {"price": 0}, "bad price", id="price-0"),
        pytest.param(TRADE | {"price": "-1"}, "bad price", id="price-negative"),
        pytest.param(TRADE | {"size": "-0.1"}, "bad size", id="size-negative"),
        pytest.param(without(QUOTE, "ask"), "no ask", id="ask-missing"),
        pytest.param(QUOTE | {"bid": "0"}, "bad bid", id="bid-0"),
        pytest.param(without(TRADE, "event_time"), "no time", id="time-missing"),
        pytest.param(TRADE | {"event_time": True}, "wrong type", id="time-true"),
        pytest.param(TRADE | {"event_time": [1]}, "wrong type", id="time-list"),
        pytest.param(TRADE | {"event_time": ""}, "bad time", id="time-empty"),
        pytest.param(TRADE | {"event_time": "yesterday"}, "bad time", id="time-word"),
        pytest.param(TRADE | {"event_time": "2026-02-30T00:00:00Z"}, "bad time", id="february-30"),
        pytest.param(TRADE | {"event_time": "NaN"}, "bad time", id="time-NaN"),
        pytest.param(TRADE | {"event_time": "1" * 21}, "bad time", id="time-21-digits"),
        pytest.param(TRADE | {"event_time": 10**300}, "bad time", id="time-huge"),
        pytest.param(TRADE | {"event_time": "--5"}, "bad time", id="time-two-signs"),
    ],
)
def test_a_native_message_with_a_bad_field_is_rejected(message, reason):
    assert_rejected(message, reason)
