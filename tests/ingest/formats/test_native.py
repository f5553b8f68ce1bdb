"""The native format, message by message."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings

from ingest.formats.amendments import BatchEnd, Cancel, Correction, Replacement
from ingest.formats.copy_format import TRADES
from ingest.formats.events import Ignored, Quote, Trade
from ingest.formats.native_message import BatchEndMessage, TickMessage, encode
from tests.ingest import made
from tests.ingest.formats.rejected import assert_rejected
from tests.ingest.formats.samples import NATIVE_END, NATIVE_QUOTE, NATIVE_TRADE
from tests.ingest.formats.venues import NOON_US

HOUR_US = 3600 * 1_000_000
DAY_BEFORE_US = NOON_US - 300_000_000 - 24 * HOUR_US  # 2026-02-26T12:00:00Z

TRADE = Trade(
    NOON_US + 123_456,
    "KRAKEN:BTC/USD",
    "kraken",
    Decimal("64012.1"),
    Decimal("0.0031"),
    side="buy",
    tick_id="77001",
    seq=77001,
    ns=789,
    exchange="V",
    tape="C",
    conditions=("@", " ", "I"),
    received_us=NOON_US + 200_000,
)
QUOTE = Quote(
    DAY_BEFORE_US + 93_000,
    "DUKASCOPY:EUR/USD",
    "dukascopy",
    Decimal("1.08001"),
    Decimal("1.08004"),
    Decimal(900000),
    Decimal(1800000),
    tick_id="1772107200093-0",
    backfill=True,
)


def encoded(message):
    return msgspec.json.encode(message)


def without(message, *names):
    return {name: value for name, value in message.items() if name not in names}


def changed(event, **changes):
    return msgspec.structs.replace(event, **changes)


@pytest.mark.parametrize(
    "message, found",
    [
        pytest.param(NATIVE_TRADE, TRADE, id="trade"),
        pytest.param(NATIVE_QUOTE, QUOTE, id="quote"),
        pytest.param(
            without(NATIVE_TRADE, "dedupe_id", "seq", "size", "side", "conditions"),
            changed(TRADE, size=None, side=None, seq=None, conditions=()),
            id="trade-id-alone",
        ),
        pytest.param(
            NATIVE_TRADE | {"dedupe_id": "", "trade_id": 5, "seq": None, "flags": None},
            changed(TRADE, tick_id="5", seq=None),
            id="number-for-an-id",
        ),
        pytest.param(
            NATIVE_TRADE | {"flags": ["no_size", "something new"], "new": {"field": [1]}},
            changed(TRADE, size=None),
            id="without-a-size",
        ),
        pytest.param(
            NATIVE_TRADE | {"price": 64012.1, "size": 31, "seq": 77001.0, "v": 1.0},
            changed(TRADE, size=Decimal(31)),
            id="numbers",
        ),
        pytest.param(
            NATIVE_TRADE | {"price": "-37.63", "source": "NYMEX"},
            changed(TRADE, price=Decimal("-37.63"), source="nymex"),
            id="price-below-zero",
        ),
        pytest.param(
            without(NATIVE_QUOTE, "ask", "ask_size"),
            changed(QUOTE, ask=None, ask_size=None),
            id="bid-alone",
        ),
        pytest.param(
            NATIVE_QUOTE | {"bid": None, "bid_size": "nan"},
            changed(QUOTE, bid=None, bid_size=None),
            id="ask-alone",
        ),
        pytest.param(
            NATIVE_QUOTE | {"bid": "0", "ask": "0"},
            changed(QUOTE, bid=Decimal(0), ask=Decimal(0)),
            id="both-sides-zero",
        ),
        pytest.param(NATIVE_TRADE | {"flags": ["correction"]}, Correction(TRADE), id="correction"),
        pytest.param(
            NATIVE_TRADE | {"flags": ["correction"], "amends": ["77000", 76999]},
            Correction(TRADE, ("77000", "76999")),
            id="correction-under-a-new-id",
        ),
        pytest.param(
            NATIVE_QUOTE | {"flags": ["correction"], "amends": "q0"},
            Correction(changed(QUOTE, backfill=False), ("q0",)),
            id="correction-of-a-quote",
        ),
        pytest.param(
            without(NATIVE_TRADE, "price", "size") | {"flags": ["cancel"]},
            Cancel(
                NOON_US + 123_456, 789, "KRAKEN:BTC/USD", "kraken", "trade", "77001", exchange="V"
            ),
            id="cancel",
        ),
        pytest.param(
            without(NATIVE_QUOTE, "dedupe_id") | {"flags": ["cancel"], "amends": ["q1", "q2"]},
            Cancel(
                DAY_BEFORE_US + 93_000,
                0,
                "DUKASCOPY:EUR/USD",
                "dukascopy",
                "quote",
                "q1",
                ("q2",),
            ),
            id="cancel-by-what-it-amends",
        ),
        pytest.param(
            NATIVE_QUOTE | {"flags": ["backfill", "replace"], "batch": "a/1"},
            Replacement(QUOTE, "a/1"),
            id="replacement",
        ),
        pytest.param(
            NATIVE_END,
            BatchEnd(
                "dukascopy/EURUSD/2026-02-26T12",
                812,
                False,
                "quote",
                "DUKASCOPY:EUR/USD",
                "dukascopy",
                DAY_BEFORE_US,
                DAY_BEFORE_US + HOUR_US,
            ),
            id="end-of-a-batch",
        ),
        pytest.param(
            without(NATIVE_END, "event_kind") | {"replace": True, "source": "SIM", "rows": "0"},
            BatchEnd(
                "dukascopy/EURUSD/2026-02-26T12",
                0,
                True,
                "trade",
                "DUKASCOPY:EUR/USD",
                "sim",
                DAY_BEFORE_US,
                DAY_BEFORE_US + HOUR_US,
            ),
            id="end-of-a-batch-of-trades",
        ),
    ],
)
def test_every_native_message_gives_what_it_says(message, found):
    assert made.decoded(encoded(message)) == [found]


@pytest.mark.parametrize(
    "message, reason",
    [
        (NATIVE_TRADE | {"flags": ["non_tradeable"]}, "not tradeable"),
        ({"v": 1, "kind": "batch_end", "batch": "b", "rows": 3}, "end of batch"),
    ],
)
def test_a_message_without_an_event_to_store_is_ignored(message, reason):
    assert made.decoded(encoded(message)) == Ignored(reason)


@settings(deadline=None)
@given(made.events)
def test_a_native_message_of_an_event_gives_that_event(event):
    assert made.decoded(made.native(event)) == [event]


def test_a_header_does_not_change_a_source_that_the_message_names():
    [trade] = made.decoded(encoded(NATIVE_TRADE), "other")
    assert trade.source == "kraken"


def test_a_message_of_ten_megabytes_with_a_trade_is_read():
    [trade] = made.decoded(encoded(NATIVE_TRADE | {"comment": "x" * 10_000_000}))
    assert trade.tick_id == "77001"


def test_what_publishers_write_is_read():
    noon = datetime(2026, 2, 27, 12, 5, tzinfo=UTC)
    message = TickMessage(
        kind="trade",
        source="kraken",
        symbol="KRAKEN:BTC/USD",
        event_time="2026-02-27T12:05:00.123456789Z",
        received_at=noon.replace(microsecond=200_000),
        price="64012.1",
        size="0.0031",
        side="buy",
        seq=77001,
        dedupe_id="77001",
        exchange="V",
        tape="C",
        conditions=("@", " ", "I"),
    )
    assert made.decoded(encode(message)) == [TRADE]
    end = BatchEndMessage(
        batch="b", rows=1, source="x", symbol="A", since=noon, until=noon.replace(hour=13),
        event_kind="quote",
    )  # fmt: skip
    [found] = made.decoded(encode(end))
    assert (found.batch_name, found.kind, found.until - found.us) == ("b", "quote", HOUR_US)


@pytest.mark.parametrize(
    "message, reason",
    [
        pytest.param(NATIVE_TRADE | {"v": 2}, "unknown version", id="v-2"),
        pytest.param(NATIVE_TRADE | {"v": "1"}, "unknown version", id="v-text"),
        pytest.param(NATIVE_TRADE | {"v": True}, "unknown version", id="v-true"),
        pytest.param(NATIVE_TRADE | {"v": None}, "unknown version", id="v-null"),
        pytest.param(NATIVE_TRADE | {"kind": "candle"}, "unknown kind", id="kind-candle"),
        pytest.param(NATIVE_TRADE | {"kind": None}, "unknown kind", id="kind-null"),
        pytest.param(NATIVE_TRADE | {"kind": ["trade"]}, "unknown kind", id="kind-list"),
        pytest.param(NATIVE_TRADE | {"flags": "backfill"}, "wrong type", id="flags-text"),
        pytest.param(without(NATIVE_TRADE, "source"), "no source", id="source-missing"),
        pytest.param(NATIVE_TRADE | {"source": ["kraken"]}, "wrong type", id="source-list"),
        pytest.param(NATIVE_TRADE | {"dedupe_id": True}, "wrong type", id="id-true"),
        pytest.param(NATIVE_TRADE | {"dedupe_id": 1.5}, "wrong type", id="id-1.5"),
        pytest.param(NATIVE_TRADE | {"dedupe_id": "a\x00"}, "bad dedupe_id", id="id-with-zero"),
        pytest.param(without(NATIVE_TRADE, "price"), "no price", id="price-missing"),
        pytest.param(NATIVE_TRADE | {"size": "-0.1"}, "bad size", id="size-negative"),
        pytest.param(NATIVE_QUOTE | {"bid_size": "-1"}, "bad bid_size", id="bid-size-negative"),
        pytest.param(NATIVE_QUOTE | {"bid": None, "ask": ""}, "empty quote", id="no-side"),
        pytest.param(without(NATIVE_TRADE, "event_time"), "no time", id="time-missing"),
        pytest.param(NATIVE_TRADE | {"event_time": True}, "wrong type", id="time-true"),
        pytest.param(NATIVE_TRADE | {"event_time": "yesterday"}, "bad time", id="time-word"),
        pytest.param(NATIVE_TRADE | {"received_at": "x"}, "bad time", id="received-word"),
        pytest.param(NATIVE_TRADE | {"received_at": 0}, "time out of range", id="received-1970"),
        pytest.param(NATIVE_TRADE | {"amends": ["1"]}, "bad amends", id="amends-without-a-flag"),
        pytest.param(
            NATIVE_TRADE | {"amends": [1.5], "flags": ["cancel"]}, "wrong type", id="amends-1.5"
        ),
        pytest.param(
            without(NATIVE_TRADE, "dedupe_id", "trade_id") | {"flags": ["correction"]},
            "no dedupe_id",
            id="correction-without-id",
        ),
        pytest.param(
            without(NATIVE_TRADE, "dedupe_id", "trade_id") | {"flags": ["cancel"]},
            "no dedupe_id",
            id="cancel-without-id",
        ),
        pytest.param(NATIVE_TRADE | {"flags": ["replace"]}, "no batch", id="replace-without-batch"),
        pytest.param(NATIVE_END | {"event_kind": "bar"}, "unknown kind", id="end-of-bars"),
        pytest.param(NATIVE_END | {"rows": None}, "no rows", id="end-without-rows"),
        pytest.param(NATIVE_END | {"until": "2026-02-28"}, "bad until", id="end-of-two-days"),
        pytest.param(without(NATIVE_END, "batch"), "no batch", id="end-without-batch"),
    ],
)
def test_a_native_message_with_a_bad_field_is_rejected(message, reason):
    assert_rejected(message, reason)


STORED = {
    **NATIVE_TRADE, "source": "alpaca", "dedupe_id": "V:52983", "exchange": "V", "seq": 9,
    "flags": ["stored"],
}  # fmt: skip


def test_the_id_of_a_stored_event_gets_no_second_exchange():
    [found] = made.decoded(encoded(STORED))
    assert (found.tick_id, found.seq) == ("V:52983", 9)
    [found] = made.decoded(encoded({**STORED, "flags": []}))
    assert found.tick_id == "V:V:52983"


def test_a_stored_event_without_an_id_keeps_none():
    [found] = made.decoded(encoded({**without(STORED, "dedupe_id"), "trade_id": "7"}))
    assert (found.tick_id, found.seq) == (None, 9)


@pytest.mark.parametrize(
    ("flags", "text"), [(["stored"], "{}"), ([], r"\N")], ids=["stored", "not-stored"]
)
def test_a_stored_event_keeps_its_empty_list_of_conditions(flags, text):
    value = encoded({**STORED, "conditions": [], "flags": flags})
    assert row_of(value)["conditions"] == text
    assert row_of(encoded({**without(STORED, "conditions"), "flags": flags}))["conditions"] == r"\N"


def row_of(value):
    columns = made.slowly([value]).trades
    return dict(zip(TRADES.columns, columns.text.decode()[:-1].split("\t"), strict=True))


def test_a_stored_event_has_its_sequence_and_amends_nothing():
    assert_rejected(without(STORED, "seq"), "no seq", "seq is missing")
    for other in ("cancel", "correction", "replace"):
        assert_rejected({**STORED, "flags": ["stored", other]}, "bad flags", f"stored and {other}")
