"""With an archive a day is dropped once its verified snapshot is its last state, and no earlier."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests import support as names
from tests.db import archived, support
from tests.db.archived import add, archive, days_left, ranges
from tests.db.support import MICROSECOND, MINUTE, quote, trade
from tests.oracle import Quote, Trade

DAYS = (120, 110, 100, 95, 94, 93, 80, 2)  # ago; events are kept for 90
EXPIRED = DAYS[:6]
WAITS = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'apply_r'"


def events_of(days_ago: int) -> list[Trade | Quote]:
    start = support.midnight(days_ago)
    return [
        *(trade(start + timedelta(hours=hour), str(days_ago + hour)) for hour in (0, 5, 23)),
        quote(start + timedelta(hours=7), "1", "2"),
    ]


def chunk_of(days_ago: int) -> int:
    """Returns the number of the chunk of candles_1m that has a day: they are of seven days."""
    return (support.midnight(days_ago) - datetime.fromtimestamp(0, UTC)).days // 7


@pytest.fixture
def conn(fresh_database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a database with events on DAYS, kept for 90 days, and their candles."""
    with support.connect(fresh_database) as conn:
        support.keep_events(conn, "90 days")
        for days_ago in DAYS:
            support.insert(conn, events_of(days_ago))
        support.refresh_all(conn)
        yield conn


def test_exactly_the_days_whose_verified_snapshot_is_their_last_state_go(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    archive(conn, "trades", [120, 100, 93, 80, 2])
    archive(conn, "trades", [95], verified=False)
    archive(conn, "trades", [94], short=1)
    add(conn, trade(support.midnight(100) + MINUTE, "7"))
    support.refresh_all(conn)
    candles = support.all_candles(conn)
    for _ in range(2):
        support.retain(fresh_database)
        assert days_left(conn) == [110, 100, 95, 94, 80, 2]
        assert days_left(conn, "quotes") == [*DAYS]
        assert ranges(conn, "kept") == {110, 100, 95, 94}
        assert ranges(conn, "archived") == {120, 93}
        assert support.all_candles(conn) == candles
        support.refresh(conn)
    archive(conn, "trades", [110, 100, 95, 94])
    support.retain(fresh_database)
    assert days_left(conn) == [80, 2]
    assert ranges(conn, "kept") == set()
    assert ranges(conn, "archived") == {*EXPIRED}
    assert support.all_candles(conn) == candles


def test_newer_snapshot_that_is_not_verified_keeps_its_day(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    archive(conn, "trades", EXPIRED)
    archive(conn, "trades", [100], verified=False)
    support.retain(fresh_database)
    assert days_left(conn) == [100, 80, 2]


def test_with_the_warehouse_away_nothing_goes(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    archive(conn, "trades", EXPIRED)
    archived.see(conn, hours_ago=7)
    support.retain(fresh_database)
    assert days_left(conn) == [*DAYS]
    archived.see(conn)
    support.retain(fresh_database)
    assert days_left(conn) == [80, 2]


def test_without_an_archive_again_all_but_the_restored_go(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    archive(conn, "trades", [93])
    conn.execute("insert into ops.restored_days values ('trades', %s)", [archived.day_of(110)])
    support.retain(fresh_database)
    assert days_left(conn) == [120, 110, 100, 95, 94, 80, 2]
    conn.execute("select ops.leave_archive()")
    support.retain(fresh_database)
    assert days_left(conn) == [110, 80, 2]
    assert days_left(conn, "quotes") == [80, 2]
    archived.release(conn, 110)
    support.retain(fresh_database)
    assert days_left(conn) == [80, 2]
    assert (ranges(conn, "kept"), ranges(conn, "archived")) == (set(), {93})


def test_trade_that_a_loader_commits_during_the_retention_keeps_its_day(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    archive(conn, "trades", EXPIRED)
    with support.connect(fresh_database) as loader:
        thread = threading.Thread(target=support.retain, args=[fresh_database])
        with loader.transaction():
            loader.execute("lock table ops.kafka_offsets in row exclusive mode")
            add(loader, trade(support.midnight(100) + MINUTE, "7"))
            thread.start()
            names.wait_until(
                lambda: conn.execute(WAITS).fetchone() == (1,), "the retention waiting for a lock"
            )
        thread.join()
    assert days_left(conn) == [100, 80, 2]
    support.refresh(conn)
    found = support.all_candles(conn)
    for relation, rows in support.kept(support.expected(conn)).items():
        assert set(rows) <= set(found[relation]), relation


def test_waiting_late_event_keeps_its_day(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    archive(conn, "trades", EXPIRED)
    row = support.row(trade(support.midnight(100) + MINUTE, "7")) | {
        "kind": "trade", "topic": "t", "partition": 0, "offset": 7, "value": b"{}",
    }  # fmt: skip
    text = support.statement("ops.late_events", [row]).replace("partition,", '"partition",')
    conn.execute(text.replace(" offset,", ' "offset",'), row)
    support.retain(fresh_database)
    assert days_left(conn) == [100, 80, 2]


def test_change_of_a_day_that_was_left_reaches_its_candles_and_no_others(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    archive(conn, "trades", [120, 100, 95, 94, 93])
    candles = support.all_candles(conn)
    support.retain(fresh_database)
    assert days_left(conn) == [110, 80, 2]
    wanted = support.kept(support.expected(conn))
    add(conn, trade(support.midnight(110) + MINUTE, "7"))
    later = support.kept(support.expected(conn))
    # and one of a day that is gone, by hand: a candle of it alone would be wrong
    support.insert(conn, [trade(support.midnight(100) + MINUTE, "8")])
    for _ in range(2):
        support.refresh(conn)
        found = support.all_candles(conn)
        for relation, rows in candles.items():
            gone = set(rows) - set(wanted[relation])
            assert set(found[relation]) == gone | set(later[relation]), relation
        support.retain(fresh_database)
    assert days_left(conn) == [110, 80, 2]


def test_restored_day_stays_until_it_is_released_and_archived_as_it_is(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    archive(conn, "trades", EXPIRED)
    support.retain(fresh_database)
    candles = support.all_candles(conn)
    back = [one for one in events_of(100) if isinstance(one, Trade)]
    archived.restore(conn, 100, back)
    assert (ranges(conn, "kept"), ranges(conn, "held")) == ({100}, {100})
    assert 100 not in ranges(conn, "archived")
    for _ in range(2):
        support.refresh(conn)
        assert support.all_candles(conn) == candles
        support.retain(fresh_database)
        assert days_left(conn) == [100, 80, 2]
    late = trade(support.midnight(100) + timedelta(hours=5, minutes=1), "1000")
    add(conn, late)
    support.refresh(conn)
    changed = support.all_candles(conn)
    day = [row for row in changed["candles_1d"] if row[0] == support.midnight(100)]
    assert [(row[3], row[4], row[5], row[6], row[7]) for row in day] == [(100, 1000, 100, 123, 4)]
    archived.release(conn, 100)
    support.retain(fresh_database)
    assert days_left(conn) == [100, 80, 2]  # the archive does not have the late trade
    archive(conn, "trades", [100])
    support.retain(fresh_database)
    assert days_left(conn) == [80, 2]
    assert (ranges(conn, "kept"), ranges(conn, "held")) == (set(), set())
    support.refresh(conn)
    assert support.all_candles(conn) == changed


def test_candles_that_are_kept_for_a_time_wait_as_well(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    conn.execute(
        "update ops.lifecycle set keep = '60 days', columnstore_after = '9 days'"
        " where relation = 'candles_1m'"
    )
    candles = support.all_candles(conn)
    archive(conn, "candles_1m", [120, 100, 95, 94, 93, 80])
    support.retain(fresh_database)
    week = {days_ago for days_ago in DAYS if chunk_of(days_ago) == chunk_of(110)}
    assert days_left(conn, "candles_1m") == sorted({*week, 2}, reverse=True)
    archive(conn, "candles_1m", [110])
    support.retain(fresh_database)
    assert days_left(conn, "candles_1m") == [2]
    for relation, rows in support.all_candles(conn).items():
        if relation != "candles_1m":
            assert rows == candles[relation], relation


def test_day_of_several_chunks_goes_whole(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    conn.execute("select set_chunk_time_interval('market.trades', interval '6 hours')")
    conn.execute("update ops.lifecycle set chunk = '6 hours' where relation = 'trades'")
    for days_ago in (90, 105):
        support.insert(conn, [e for e in events_of(days_ago) if isinstance(e, Trade)])
    support.refresh_all(conn)
    archive(conn, "trades", [105, *EXPIRED, 90])
    support.retain(fresh_database)
    assert days_left(conn) == [90, 80, 2]
    assert conn.execute(
        "select count(*) from market.trades where ts < %s", [support.midnight(89)]
    ).fetchone() == (3,)


def test_log_of_changes_goes_back_to_the_oldest_day_that_is_left(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    archive(conn, "trades", [120, 100, 95, 94, 93])
    archive(conn, "quotes", EXPIRED)
    for days_ago in (115, 105, 3):
        start = support.midnight(days_ago)
        archived.log(conn, "trade", start, start + MICROSECOND)
        conn.execute(
            "update ops.changes set logged_at = %s where number = (select max(number) from"
            " ops.changes)",
            [start],
        )
    number = "select (%s - logged_at::date) from ops.changes order by number"
    support.retain(fresh_database)
    today = [support.TODAY.date()]
    assert conn.execute(number, today).fetchall() == [(105,), (3,)]
    archive(conn, "trades", [110])
    support.retain(fresh_database)
    assert days_left(conn) == [80, 2]
    assert conn.execute(number, today).fetchall() == [(3,)]


def test_changed_days_are_those_of_ranges_and_of_events_before_and_after(
    conn: psycopg.Connection[Any],
) -> None:
    start = support.midnight(50)
    archived.log(conn, "trade", start - MICROSECOND, start + timedelta(days=1))
    archived.log(conn, "quote", support.midnight(40), support.midnight(39))
    archived.log(conn, "bar", support.midnight(30), support.midnight(29))
    conn.execute(
        "insert into ops.changed_events (change, kind, action, symbol, source, ts, old_ts)"
        " values (ops.change_id(), 'trade', 'corrected', 'AAPL', 'sim', %s, %s)",
        [support.midnight(20), support.midnight(22)],
    )
    days = "select %s - day from ops.changed_days(%s, %s) order by 1 desc"
    today = support.TODAY.date()
    assert conn.execute(days, [today, "trades", 0]).fetchall() == [(51,), (50,), (22,), (20,)]
    assert conn.execute(days, [today, "quotes", 0]).fetchall() == [(40,)]
    assert conn.execute(days, [today, "trades", 1]).fetchall() == [(22,), (20,)]
