"""A batch of messages: which hold which ticks, and which are rejected for their time."""

from datetime import UTC, datetime

import msgspec
import pytest

from ingest.batch.age import AgeLimit
from ingest.batch.batch import batch_of
from ingest.batch.contents import Contents
from ingest.batch.messages import Record, source_of
from ingest.formats import decode, native
from ingest.formats.events import Reject
from tests.ingest import made

FLOOR = "2026-02-27T12:00:05.000000Z"
LIMITS = {"trade": AgeLimit(FLOOR, "trades before noon are not kept")}
FIRST = 1_772_193_600_000  # milliseconds of Unix time of the first trade, 2026-02-27T12:00:00Z


def owners(batch):
    return [owner for part in batch.contents.parts for owner in part.owners]


def times(batch):
    return [time for part in batch.contents.parts for time in part.times]


def symbols(batch):
    return [symbol for part in batch.contents.parts for symbol in part.symbols]


def lines(batch):
    return batch.contents.text("trade").decode().splitlines()


def reasons(batch):
    return {index: reject.reason for index, reject in batch.rejects.items()}


def finnhub(*seconds):
    """Returns a frame of trades so many seconds after 2026-02-27T12:00:00Z."""
    data = [{"s": "TSLA", "p": 1, "t": FIRST + second * 1000, "v": 1} for second in seconds]
    return msgspec.json.encode({"type": "trade", "data": data})


def test_every_trade_has_its_time_symbol_row_and_owner():
    batch = made.batch([made.trade(0), b"{}", made.trade(2, symbol="MSFT"), finnhub(3, 4), b""])
    assert times(batch) == [f"2026-02-27T12:00:0{n}.000000Z" for n in (0, 2, 3, 4)]
    assert symbols(batch) == ["AAPL", "MSFT", "TSLA", "TSLA"]
    assert owners(batch) == [0, 2, 3, 3]
    assert reasons(batch) == {1: "unknown format", 4: "empty"}
    assert [line.split("\t")[:4] for line in lines(batch)] == [
        ["2026-02-27T12:00:00.000000Z", "AAPL", "sim", "100.25"],
        ["2026-02-27T12:00:02.000000Z", "MSFT", "sim", "100.25"],
        ["2026-02-27T12:00:03.000000Z", "TSLA", "finnhub", "1"],
        ["2026-02-27T12:00:04.000000Z", "TSLA", "finnhub", "1"],
    ]


def test_a_message_at_the_limit_is_taken_and_one_before_it_is_too_late():
    values = [made.trade(5), made.trade(4), made.trade(event_time="2026-02-27T12:00:04.999999Z")]
    batch = made.batch(values)
    batch.reject_old(LIMITS)
    assert owners(batch) == [0]
    assert batch.rejects == {
        1: Reject("too late", "2026-02-27T12:00:04.000000Z: trades before noon are not kept"),
        2: Reject("too late", "2026-02-27T12:00:04.999999Z: trades before noon are not kept"),
    }


def test_messages_that_are_too_late_are_counted_by_the_reason():
    values = [made.trade(3), made.quote(event_time="2026-02-27T12:00:03Z"), finnhub(3, 4), b"{}"]
    batch = made.batch(values)
    batch.reject_old(LIMITS)
    batch.reject_old(LIMITS)
    assert batch.too_late == {"trades before noon are not kept": 2}
    assert owners(batch) == [1]


def test_a_message_a_minute_ahead_is_taken_and_one_beyond_is_rejected():
    values = [made.trade(60), made.trade(61), made.trade(event_time="2026-02-27T12:01:00.000001Z")]
    batch = made.batch(values, now=datetime(2026, 2, 27, 12, tzinfo=UTC))
    assert owners(batch) == [0]
    assert reasons(batch) == {1: "time out of range", 2: "time out of range"}


@pytest.mark.parametrize(
    "time",
    ["1999-12-31T23:59:59.999999Z", "1900-01-01T00:00:00.000000Z", "2500-01-01T00:00:00.000000Z"],
)
@pytest.mark.parametrize("v", [1, 1.0], ids=["fast", "slow"])
def test_a_time_before_2000_or_in_2500_is_out_of_range_and_not_late(time, v):
    batch = made.batch([made.trade(event_time=time, v=v)])
    assert reasons(batch) == {0: "time out of range"}
    assert batch.contents == Contents()


def test_a_time_that_no_calendar_holds_is_rejected():
    message = {"s": "A", "p": 1, "t": -1e10, "v": 1}
    batch = made.batch([msgspec.json.encode(message), made.trade(1)])
    assert batch.rejects == {
        0: Reject("time out of range", "t is -10000000000.0, before 2000 or after 2070")
    }
    assert owners(batch) == [1]


@pytest.mark.parametrize("seconds", [(3, 9), (9, 3)])
def test_a_frame_with_one_late_tick_is_rejected_whole(seconds):
    batch = made.batch([finnhub(*seconds), made.trade(9)])
    batch.reject_old(LIMITS)
    assert reasons(batch) == {0: "too late"}
    assert owners(batch) == [1]
    assert len(times(batch)) == len(symbols(batch)) == len(lines(batch)) == 1


@pytest.mark.parametrize("bad", [0, 511, 512, 513, 1023, 1024, 1029])
def test_one_bad_message_changes_nothing_for_those_around_it(bad):
    values = [made.trade(number % 60) for number in range(1030)]
    good = made.batch(values, number=7)
    values[bad] = b"poison"
    batch = made.batch(values, number=7)
    assert list(batch.rejects) == [bad]
    assert owners(batch) == [index for index in range(1030) if index != bad]
    assert lines(batch) == [line for index, line in enumerate(lines(good)) if index != bad]
    assert times(batch) == [time for index, time in enumerate(times(good)) if index != bad]


def test_only_the_slice_of_a_bad_message_is_decoded_message_by_message(monkeypatch):
    decoded = []

    def counted(payload, header):
        decoded.append(payload["dedupe_id"])
        return decode_native(payload, header)

    decode_native = native.decode
    monkeypatch.setattr(native, "decode", counted)
    values = [made.trade(number, event_time="2026-02-27T12:00:00Z") for number in range(2000)]
    values[600] = b"poison"
    assert len(made.batch(values).contents) == 1999
    assert decoded == [str(number) for number in range(512, 1024) if number != 600]


def test_decoding_a_batch_again_changes_nothing():
    header = [("source", b"feed")]
    slow = [
        made.Message(b'{"symbol":"A","price":1,"timestamp":1772193600}', 3, headers=header),
        made.Message(b'{"type":"ping"}', 4),
        made.Message(made.quote(), 5),
    ]
    batch = made.batch([made.trade(0), made.trade(99_999), made.trade(2)])
    batch.add(slow, {("t", 0): 3}, 0.0)
    before = lines(batch)
    assert [line.split("\t")[2] for line in before] == ["sim", "sim", "feed"]
    quotes = batch.contents.text("quote")
    batch.decode_each()
    assert reasons(batch) == {1: "time out of range"}
    assert batch.ignored == {4: "heartbeat"}
    assert lines(batch) == before
    assert batch.contents.text("quote") == quotes
    assert owners(batch) == [0, 2, 3, 5]


def test_decoding_a_batch_again_follows_its_new_catalog():
    values = [made.trade(0), made.trade(1, price="0"), made.trade(2, flags=["backfill"])]
    batch = made.batch(values, number=7)
    assert [line.split("\t")[-2:] for line in lines(batch)] == [["7", "1"]] * 3
    assert batch.backfilled == set()
    batch.catalog = made.catalog_with(5, negative_prices=False, id_scope="series")
    batch.decode_each()
    assert reasons(batch) == {1: "bad price"}
    assert [line.split("\t")[-2:] for line in lines(batch)] == [["7", "5"]] * 2
    assert batch.backfilled == {"sim"}


def test_every_message_has_one_outcome():
    values = [
        made.trade(0),
        made.quote(),
        made.trade(1, flags=["cancel"]),
        b"{}",
        b'{"type":"ping"}',
        None,
        finnhub(),
    ]
    batch = made.batch(values)
    assert batch.contents.event_indexes == {0, 1}
    assert batch.contents.indexes == {0, 1, 2}
    assert batch.rejects.keys() == {3}
    assert batch.ignored == {4: "heartbeat", 5: "tombstone", 6: "no events"}


def test_a_batch_of_kept_messages_holds_what_the_messages_hold():
    values = [made.trade(1), b"poison", b'{"symbol":"A","price":1,"timestamp":1772193600}']
    records = [Record("t", 0, 4097 + n, b"k", value, "feed") for n, value in enumerate(values)]
    other = Record("t", 1, 7, None, made.trade(2), None)
    batch = batch_of([*records, other], 9, made.CATALOG)
    assert owners(batch) == [0, 2, 3]
    assert reasons(batch) == {1: "not JSON"}
    assert [line.split("\t")[2] for line in lines(batch)] == ["sim", "feed", "sim"]
    assert [line.split("\t")[-2] for line in lines(batch)] == ["9"] * 3
    assert batch.messages[1] == records[1]
    assert batch.messages[3] == other
    assert batch.spans == {}


def test_no_messages_hold_nothing():
    batch = made.batch([])
    assert (batch.contents, batch.rejects) == (Contents(), {})


def test_the_header_is_read_as_a_text_that_the_database_can_hold():
    def source(*headers):
        return source_of(made.Message(b"", headers=list(headers)))

    assert source() is None
    assert source(("kind", b"trade"), ("source", b"yfinance")) == "yfinance"
    assert source(("source", None), ("source", b"")) is None
    assert source(("source", b"\xff\x00")) == "\ufffd\ufffd"


def test_the_headers_of_usual_messages_are_not_read(monkeypatch):
    monkeypatch.setattr(made.Message, "headers", None)
    assert owners(made.batch([made.trade(0)])) == [0]


def test_no_limit_of_age_is_known_when_a_batch_is_decoded():
    batch = made.batch([made.trade(0)])
    batch.reject_old({})
    assert owners(batch) == [0]
    assert decode.decode([made.trade(0)], list, 0, made.CATALOG, 1).rejects == {}
