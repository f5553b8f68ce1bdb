"""Markers of feeds: read as publishers write them, and never at the cost of the events around."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats import feed_message
from ingest.formats.decode import decode
from ingest.formats.events import Reject
from ingest.formats.feed import Marker, is_marker
from ingest.formats.instrument import Instrument
from ingest.formats.times import EPOCH, MICROSECOND
from tests.ingest import made

NOON = datetime(2026, 2, 27, 12, tzinfo=UTC)
US = (NOON - EPOCH) // MICROSECOND
SECOND = 1_000_000
OF = {"source": "Kraken", "session": "kraken/host/1/1"}
SERIES = {**OF, "symbol": "KRAKEN:BTC/USD", "event_kind": "trade"}
READ = OF | {"source": "kraken"}
READ_SERIES = SERIES | {"source": "kraken"}


def later(seconds):
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "message, marker",
    [
        (
            feed_message.StartMessage(**SERIES, since=NOON),
            Marker(state="start", **READ_SERIES, since=US),
        ),
        (
            feed_message.StartMessage(
                **SERIES, since=NOON, instrument=Instrument("crypto", "BTC", "USD", 2, "24/7")
            ),
            Marker(
                state="start", **READ_SERIES, since=US,
                instrument=Instrument("crypto", "BTC", "USD", 2, "24/7"),
            ),
        ),
        (
            feed_message.HeartbeatMessage(**OF, until=later(1)),
            Marker(state="heartbeat", **READ, until=US + SECOND),
        ),
        (
            feed_message.EndMessage(**OF, until=later(2), reason="stopped"),
            Marker(state="end", **READ, until=US + 2 * SECOND, reason="stopped"),
        ),
        (
            feed_message.StopMessage(**SERIES, until=later(2)),
            Marker(state="stop", **READ_SERIES, until=US + 2 * SECOND),
        ),
        (
            feed_message.GapMessage(
                **SERIES, since=NOON, until=later(3), first_id="5", last_id="9", reason="ids jumped"
            ),
            Marker(
                state="gap", **READ_SERIES, since=US, until=US + 3 * SECOND,
                first_id="5", last_id="9", reason="ids jumped",
            ),
        ),
        (
            feed_message.GapMessage(**SERIES, since=NOON, until=NOON, reason="incomplete"),
            Marker(state="gap", **READ_SERIES, since=US, until=US, reason="incomplete"),
        ),
        (
            feed_message.FillMessage(**SERIES, since=NOON, until=later(1), reason="by hand"),
            Marker(
                state="fill", **READ_SERIES, since=US, until=US + SECOND, reason="by hand"
            ),
        ),
    ],
    ids=["start", "instrument", "heartbeat", "end", "stop", "gap", "a-gap-within", "fill"],
)  # fmt: skip
def test_a_marker_is_read_as_it_was_written(message, marker):
    value = feed_message.encode(message)
    assert is_marker(value)
    assert made.decoded(value) == [marker]


START = {
    "v": 1, "kind": "feed", "state": "start", **SERIES, "since": "2026-02-27T12:00:00Z",
}  # fmt: skip
GAP = START | {"state": "gap", "until": "2026-02-27T12:00:05Z", "reason": "ids jumped"}
BEAT = {"v": 1, "kind": "feed", "state": "heartbeat", **OF, "until": "2026-02-27T12:00:01Z"}


def without(message, key):
    return {name: one for name, one in message.items() if name != key}


@pytest.mark.parametrize(
    "message, reason, detail",
    [
        (START | {"v": 2}, "unknown version", "v is 2"),
        (START | {"state": "pause"}, "unknown state", "state is 'pause'"),
        (without(START, "state"), "unknown state", "state is None"),
        (START | {"state": ["start"]}, "unknown state", "state is ['start']"),
        (without(START, "source"), "no source", "source is missing"),
        (without(START, "session"), "no session", "session is missing"),
        (START | {"session": "a\nb"}, "bad session", "session is"),
        (without(START, "symbol"), "no symbol", "symbol is missing"),
        (START | {"symbol": 7203}, "bad symbol", "a number"),
        (without(START, "event_kind"), "unknown kind", "event_kind is None"),
        (START | {"event_kind": "bar"}, "unknown kind", "not trade or quote"),
        (START | {"event_kind": {}}, "unknown kind", "event_kind is {}"),
        (without(START, "since"), "no time", "since is missing"),
        (START | {"since": "noon"}, "bad time", "since is 'noon'"),
        (START | {"since": "1999-12-31T00:00:00Z"}, "time out of range", "before 2000"),
        (without(BEAT, "until"), "no time", "until is missing"),
        (without(GAP, "until"), "no time", "until is missing"),
        (GAP | {"until": "2026-02-27T11:59:59Z"}, "bad until", "not after since in a gap"),
        (GAP | {"state": "fill", "until": GAP["since"]}, "bad until", "since in a fill"),
        (START | {"instrument": "AAPL"}, "wrong type", "instrument is 'AAPL', not an object"),
        (START | {"instrument": {"calendar": ["XNYS"]}}, "wrong type", "calendar is or has"),
        (START | {"instrument": {"base": "B\0"}}, "bad base", "base is or has"),
        (START | {"instrument": {"price_scale": 19}}, "bad price_scale", "19, not from 0 to 18"),
        (START | {"instrument": {"price_scale": "two"}}, "wrong type", "not a whole number"),
        (GAP | {"first_id": ["1"]}, "wrong type", "first_id is ['1']"),
        (GAP | {"reason": 5}, "wrong type", "reason is 5"),
        (GAP | {"reason": "\u0000"}, "bad reason", "reason is"),
    ],
)
def test_a_malformed_marker_is_rejected(message, reason, detail):
    rejected = made.decoded(msgspec.json.encode(message))
    assert isinstance(rejected, Reject)
    assert rejected.reason == reason
    assert detail in rejected.detail


def test_an_instrument_may_be_known_in_part_and_to_starts_alone():
    of = {"calendar": "XNYS", "base": None, "quote": "", "currency": "USD"}
    [marker] = made.decoded(msgspec.json.encode(START | {"instrument": of}))
    assert marker.instrument == Instrument(calendar="XNYS")
    [marker] = made.decoded(msgspec.json.encode(START | {"instrument": None}))
    assert marker.instrument is None
    [marker] = made.decoded(msgspec.json.encode(GAP | {"instrument": 5}))
    assert marker.instrument is None


def test_ids_are_texts_and_long_reasons_are_cut():
    [marker] = made.decoded(msgspec.json.encode(GAP | {"first_id": 5, "reason": "x" * 500}))
    assert (marker.first_id, marker.last_id, marker.reason) == ("5", None, "x" * 200)


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"poison",
        b'{"feed"',
        made.trade(1, source="feed"),
        made.trade(1, kind="feed", v=2),
        b'[{"v":1,"kind":"feed"}]',
        b'{"kind":"feed"}',
        b'{"v":1,"kind":"feed","x":"\xff"}'[:-1],
    ],
)
def test_other_messages_are_no_markers(value):
    assert not is_marker(value)


def unread():
    raise AssertionError("the messages are decoded one by one")


def test_markers_leave_the_events_around_them_to_the_fast_way():
    beat = msgspec.json.encode(BEAT)
    broken = msgspec.json.encode(without(BEAT, "until"))
    values = [made.trade(1), beat, made.trade(2), broken, made.quote(), beat]
    found = decode(values, unread, 10, made.CATALOG, made.BATCH)
    slow = made.slowly(values, 10)
    assert (list(found.trades.owners), list(found.quotes.owners)) == ([10, 12], [14])
    assert found.trades.text == slow.trades.text
    assert found.quotes.text == slow.quotes.text
    assert found.markers == slow.markers
    assert list(found.markers) == [11, 15]
    assert found.rejects == slow.rejects
    assert list(found.rejects) == [13]


def test_markers_alone_need_no_slow_way():
    found = decode([msgspec.json.encode(START)], unread, 0, made.CATALOG, made.BATCH)
    assert (found.trades, found.quotes, list(found.markers)) == (None, None, [0])


def test_an_odd_message_beside_a_marker_is_decoded_by_itself():
    values = [msgspec.json.encode(BEAT), made.trade(1, v=1.0), made.trade(2)]
    found = decode(values, lambda: [None] * 3, 0, made.CATALOG, made.BATCH)
    assert (list(found.markers), list(found.trades.owners)) == ([0], [1, 2])


def test_a_list_may_hold_events_and_markers():
    value = b"[" + made.trade(1) + b"," + msgspec.json.encode(BEAT) + b"]"
    found = made.slowly([value])
    assert (list(found.trades.owners), list(found.markers)) == ([0], [0])


markers = st.sampled_from(made.MARKERS).flatmap(lambda one: made.odd([one]))


@settings(deadline=None)
@given(
    st.lists(
        markers.map(msgspec.json.encode) | st.integers(0, 9).map(made.trade), min_size=1, max_size=6
    )
)
def test_any_markers_among_trades_are_decoded_as_they_are_one_by_one(values):
    found = decode(values, lambda: [None] * len(values), 3, made.CATALOG, made.BATCH)
    slow = made.slowly(values, 3)
    assert found.markers == slow.markers
    assert found.rejects == slow.rejects
    assert (found.trades and found.trades.text) == (slow.trades and slow.trades.text)
