"""A batch's messages as rows: who owns which, what is too old or too new, what COPY makes of it."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from db import sql
from ingest.batch import columns
from ingest.batch.columns import Rows
from ingest.formats.decode import decode
from ingest.formats.tick import Reject
from tests.ingest import made

FLOOR = "2026-02-27T12:00:05.000000Z"


def read(values, floor=columns.OLDEST, now=made.NOW):
    return columns.rows_of([made.Message(value, n) for n, value in enumerate(values)], now, floor)


def finnhub(*seconds):
    """Returns a frame of trades so many seconds after 2026-02-27T12:00:00Z."""
    data = [{"s": "TSLA", "p": 1, "t": (1_772_193_600 + second) * 1000} for second in seconds]
    return msgspec.json.encode({"type": "trade", "data": data})


def test_every_tick_has_its_time_symbol_line_and_owner():
    found = read([made.trade(0), b"{}", made.trade(2, symbol="MSFT"), finnhub(3, 4), b""])
    assert found.times == [f"2026-02-27T12:00:0{n}.000000Z" for n in (0, 2, 3, 4)]
    assert found.symbols == ["AAPL", "MSFT", "TSLA", "TSLA"]
    assert found.owners == [0, 2, 3, 3]
    assert {place: reject.reason for place, reject in found.rejects.items()} == {
        1: "unknown format",
        4: "empty",
    }
    assert [line.split("\t")[:4] for line in found.lines] == [
        ["2026-02-27T12:00:00.000000Z", "AAPL", "sim", "100.25"],
        ["2026-02-27T12:00:02.000000Z", "MSFT", "sim", "100.25"],
        ["2026-02-27T12:00:03.000000Z", "TSLA", "finnhub", "1"],
        ["2026-02-27T12:00:04.000000Z", "TSLA", "finnhub", "1"],
    ]


def test_a_message_at_the_floor_is_taken_and_one_before_it_is_too_late():
    found = read(
        [made.trade(5), made.trade(4), made.trade(event_time="2026-02-27T12:00:04.999999Z")], FLOOR
    )
    assert found.owners == [0]
    assert {place: reject.reason for place, reject in found.rejects.items()} == {
        1: "too late",
        2: "too late",
    }
    assert FLOOR in found.rejects[1].detail


def test_a_message_a_minute_ahead_is_taken_and_one_beyond_is_refused():
    noon = datetime(2026, 2, 27, 12, tzinfo=UTC)
    found = read(
        [made.trade(60), made.trade(61), made.trade(event_time="2026-02-27T12:01:00.000001Z")],
        now=noon,
    )
    assert found.owners == [0]
    assert {place: reject.reason for place, reject in found.rejects.items()} == {
        1: "time out of range",
        2: "time out of range",
    }


@pytest.mark.parametrize("time", ["1999-12-31T23:59:59.999999Z", "1900-01-01T00:00:00.000000Z"])
@pytest.mark.parametrize("v", [1, 1.0], ids=["plain", "not-plain"])
def test_a_time_before_2000_is_out_of_range_and_not_late(time, v):
    found = read([made.trade(event_time=time, v=v)])
    assert found.rejects[0].reason == "time out of range"
    assert found.lines == []


@pytest.mark.parametrize("v", [1, 1.0], ids=["plain", "not-plain"])
def test_the_year_2500_is_out_of_range(v):
    found = read([made.trade(event_time="2500-01-01T00:00:00.000000Z", v=v)])
    assert found.rejects[0].reason == "time out of range"
    assert found.lines == []


def test_a_frame_with_one_late_tick_is_refused_whole():
    found = read([finnhub(3, 9), made.trade(9)], FLOOR)
    assert list(found.rejects) == [0]
    assert found.owners == [1]
    assert len(found.times) == len(found.symbols) == len(found.lines) == 1


def test_a_floor_that_moves_takes_out_more():
    found = read([made.trade(3), made.trade(6), b"{}"])
    columns.refuse_times(found, FLOOR)
    assert found.owners == [1]
    assert {place: reject.reason for place, reject in found.rejects.items()} == {
        0: "too late",
        2: "unknown format",
    }


def test_dropped_messages_leave_nothing_behind():
    found = read([made.trade(0), finnhub(1, 2), made.trade(3)])
    columns.drop(found, {0, 1})
    assert found.owners == [3 - 1]
    assert found.times == ["2026-02-27T12:00:03.000000Z"]
    assert len(found.symbols) == len(found.lines) == 1


@pytest.mark.parametrize("bad", [0, 511, 512, 513, 1023, 1024, 1029])
def test_one_bad_message_changes_nothing_for_those_around_it(bad):
    values = [made.trade(number % 60) for number in range(1030)]
    good = read(values)
    values[bad] = b"poison"
    found = read(values)
    assert list(found.rejects) == [bad]
    assert found.owners == [place for place in range(1030) if place != bad]
    assert found.lines == [line for place, line in enumerate(good.lines) if place != bad]
    assert found.times == [time for place, time in enumerate(good.times) if place != bad]


def test_only_the_slice_of_a_bad_message_is_read_the_slow_way(monkeypatch):
    slowly = []

    def counted(value, source):
        slowly.append(value)
        return decode(value, source)

    monkeypatch.setattr(columns, "decode", counted)
    values = [made.trade(number % 60) for number in range(2000)]
    values[600] = b"poison"
    assert len(read(values).lines) == 1999
    assert slowly == values[512:1024]


def test_no_messages_are_no_rows():
    assert read([]) == Rows()


def test_the_header_is_read_as_a_text_that_the_database_can_hold():
    def source(*headers):
        return columns.source_of(made.Message(b"", headers=list(headers)))

    assert source() is None
    assert source(("kind", b"trade"), ("source", b"yfinance")) == "yfinance"
    assert source(("source", None), ("source", b"")) is None
    assert source(("source", b"\xff\x00")) == "\ufffd\ufffd"


def test_equal_times_keep_the_order_of_their_offsets_when_they_have_no_sequence():
    values = [made.trade(5, seq=None, dedupe_id=str(number)) for number in range(3)]
    ords = [int(line.split("\t")[8]) for line in read(values).lines]
    start = 825_508_805 * 1_000_000 * 4096
    assert ords == [start, start + 1, start + 2]


def test_a_sequence_beyond_12_bits_leaves_the_time_alone():
    [line] = read([made.trade(5, seq=2**40 + 7)]).lines
    assert int(line.split("\t")[8]) == 825_508_805 * 1_000_000 * 4096 + 7
    [line] = read([made.trade(5, seq=-1)]).lines
    assert int(line.split("\t")[8]) == 825_508_805 * 1_000_000 * 4096 + 4095


def test_a_time_is_written_with_six_decimals_in_utc():
    moment = datetime(2026, 2, 27, 14, 5, tzinfo=timezone(timedelta(hours=2)))
    assert columns.rfc3339(moment) == "2026-02-27T12:05:00.000000Z"


def test_a_message_with_a_tick_outside_of_every_calendar_is_refused_not_raised():
    found = read([msgspec.json.encode({"s": "A", "p": 1, "t": -1e10}), made.trade(1)])
    assert found.rejects == {
        0: Reject("time out of range", "the time is before 2000 or after 2070")
    }
    assert found.owners == [1]


@pytest.fixture
def conn(fresh_database):
    with psycopg.connect(fresh_database) as opened:
        opened.execute("set time zone 'UTC'")
        yield opened


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        made.ticks,
        min_size=1,
        max_size=4,
        unique_by=lambda tick: (tick.us, tick.symbol, tick.source, tick.tick_id),
    ),
    st.integers(0, 2**40),
)
@example([msgspec.structs.replace(decode(made.trade())[0], tick_id=r"\N", symbol=r"\.")], 0)
def test_a_tick_comes_back_from_the_database_exactly(conn, ticks, first):
    """Copies ticks into the hypertable as the loader does, and reads them back."""
    lines = [
        columns.line(
            tick, columns.rfc3339(made.EPOCH + timedelta(microseconds=tick.us)), first + place
        )
        for place, tick in enumerate(ticks)
    ]
    with conn.transaction(force_rollback=True):
        conn.execute(sql.load("ingest.store", "make_staging"))
        with conn.cursor().copy(sql.load("ingest.store", "copy_staging")) as copy:
            copy.write(("\n".join(lines) + "\n").encode())
        conn.execute(sql.load("ingest.store", "store_staging"))
        stored = conn.execute(
            "select ts, symbol, source, price, size, bid, ask, tick_id, ord from market.ticks"
        ).fetchall()
    assert sorted(map(exactly, stored)) == sorted(
        exactly((
            made.EPOCH + timedelta(microseconds=tick.us),
            tick.symbol,
            tick.source,
            tick.price,
            tick.size,
            tick.bid,
            tick.ask,
            tick.tick_id,
            tick.us * 4096 + (first + place if tick.seq is None else tick.seq) % 4096,
        ))
        for place, tick in enumerate(ticks)
    )  # fmt: skip


def exactly(row):
    """Tells 0.10 from 0.1."""
    return [format(value, "f") if isinstance(value, Decimal) else str(value) for value in row]
