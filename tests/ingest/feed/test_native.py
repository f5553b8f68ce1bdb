"""Events as the loader reads them, written as messages of the native format."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from ingest.feed.native import message, tick
from ingest.formats import native, payload
from ingest.formats.events import Ignored, Quote, Trade
from ingest.formats.fields import Malformed
from ingest.formats.message import FORMATS
from ingest.formats.native_message import encode
from ingest.formats.times import EPOCH, MICROSECOND
from tests.ingest.formats import samples
from tests.ingest.formats.venues import NOON_US

NOW = datetime(2026, 2, 27, 12, 5, 0, 200_000, tzinfo=UTC)


def sent(event, flags=()):
    return json.loads(message(event, NOW, flags).value)


def test_a_trade_is_written_with_all_that_is_known_of_it():
    trade = Trade(
        us=NOON_US + 123_456,
        symbol="V:A",
        source="v",
        price=Decimal("64012.10"),
        size=Decimal("1E-8"),
        side="buy",
        tick_id="77",
        seq=7,
        exchange="X",
        tape="C",
        conditions=("@", "I"),
    )
    assert message(trade, NOW).key == "V:A"
    assert sent(trade, ["snapshot"]) == {
        "v": 1,
        "kind": "trade",
        "source": "v",
        "symbol": "V:A",
        "event_time": "2026-02-27T12:05:00.123456Z",
        "received_at": "2026-02-27T12:05:00.200000Z",
        "price": "64012.10",
        "size": "0.00000001",
        "side": "buy",
        "seq": 7,
        "dedupe_id": "77",
        "exchange": "X",
        "tape": "C",
        "conditions": ["@", "I"],
        "flags": ["snapshot"],
    }


def test_nanoseconds_are_kept():
    trade = Trade(NOON_US + 59_999_999, "A", "v", Decimal(1), tick_id="1", ns=7)
    assert sent(trade)["event_time"] == "2026-02-27T12:05:59.999999007Z"


def test_a_trade_without_a_size_says_so():
    found = sent(Trade(NOON_US, "A", "v", Decimal(1), tick_id="1"))
    assert ("size" in found, found["flags"]) == (False, ["no_size"])


def test_a_trade_without_an_id_cannot_be_told_from_an_equal_one():
    with pytest.raises(Malformed, match="no id"):
        message(Trade(NOON_US, "A", "v", Decimal(1)), NOW)


def test_a_quote_without_an_id_is_told_by_its_content():
    quote = Quote(NOON_US, "A", "v", bid=Decimal("1.50"), bid_size=Decimal(2), ask=Decimal(3))
    found = sent(quote)
    assert found["dedupe_id"] == "2@1.50/@3"
    assert (found["bid"], found["bid_size"], found["ask"]) == ("1.50", "2", "3")
    assert "ask_size" not in found
    assert sent(Quote(NOON_US, "A", "v", bid=Decimal(1), tick_id="u9"))["dedupe_id"] == "u9"


def test_a_quote_without_a_size_has_another_id_than_one_with_it():
    known = Quote(NOON_US, "A", "v", ask=Decimal(3), ask_size=Decimal(0))
    unknown = Quote(NOON_US, "A", "v", ask=Decimal(3))
    assert sent(known)["dedupe_id"] != sent(unknown)["dedupe_id"]


def test_history_has_no_time_of_receipt():
    found = tick(Trade(NOON_US, "A", "v", Decimal(1), tick_id="1"), flags=["backfill"])
    assert found.event_time == "2026-02-27T12:05:00.000000Z"
    assert "received_at" not in json.loads(encode(found))


def test_what_is_read_of_a_message_is_what_was_written():
    """Of every venue's samples: ids, times with nanoseconds, exchanges, conditions."""
    count = 0
    for frames in samples.WITH_EVENTS.values():
        for frame in frames:
            for event in _events(frame):
                written = message(event, NOW)
                [read] = native.decode(json.loads(written.value), None)
                received = (NOW - EPOCH) // MICROSECOND
                tick_id = read.tick_id if event.tick_id is None else event.tick_id
                assert read == msgspec.structs.replace(
                    event, received_us=received, tick_id=tick_id, backfill=False
                )
                count += 1
    assert count > 20


def _events(frame):
    """Yields the trades and quotes of a sample that have what a message needs."""
    found = payload.read(msgspec.json.encode(frame))
    for value in found if isinstance(found, list) else [found]:
        for format_ in FORMATS:
            read = format_.decode(value, "legacy") if format_.recognises(value) else []
            for one in [] if isinstance(read, Ignored) else read:
                if isinstance(one, Quote) or (isinstance(one, Trade) and one.tick_id):
                    yield one
