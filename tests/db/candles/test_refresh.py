"""A refresh makes what changed, as far back as there are events; killed, it is run again."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from cli.main import cli
from cli.progress import show_progress as bar
from db.candles import refresh, slices
from db.connect import DatabaseRefused
from db.errors import UsageError
from tests.db import history, support
from tests.db.support import MINUTE, trade
from tests.support import wait_until


def test_everything_that_changed_is_made_at_every_level(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    history.fill(conn)
    refresh.refresh(fresh_database, bar)
    counts = [history.stored(conn, f"candles_{level}") for level in support.LEVELS]
    assert counts == [24, 24, 24, 24, 24, 18, 6, 3]
    support.assert_exact(conn)


def test_slices_made_side_by_side_are_exact(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    history.fill(conn, tuple(range(10, 60, 3)))
    refresh.refresh(fresh_database, bar, jobs=4)
    support.assert_exact(conn)
    again = refresh.refresh(fresh_database, bar, jobs=4)
    assert sum(again.slices.values()) == 0


def test_what_is_up_to_date_is_left_alone(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    history.fill(conn)
    refresh.refresh(fresh_database, bar)
    again = refresh.refresh(fresh_database, bar)
    assert sum(again.slices.values()) == 0


def test_late_ticks_reach_every_level(conn: psycopg.Connection[Any], fresh_database: str) -> None:
    history.fill(conn)
    refresh.refresh(fresh_database, bar)
    support.insert(conn, [trade(support.midnight(40) + timedelta(hours=5), "777")])
    refresh.refresh(fresh_database, bar)
    support.assert_exact(conn)


def test_only_the_range_that_is_asked_for_is_made(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    history.fill(conn)
    if not community(conn):
        conn.execute("delete from ops.candle_changes")
    refresh.refresh(fresh_database, bar, since=support.midnight(40), until=support.midnight(39))
    assert history.stored(conn, "candles_1m") == 8
    assert history.stored(conn, "candles_1d") == 1


def community(conn: psycopg.Connection[Any]) -> bool:
    row = conn.execute("select to_regclass('ops.candle_changes') is null").fetchone()
    assert row is not None
    return bool(row[0])


def test_force_mends_a_candle_that_nothing_says_is_wrong(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    history.fill(conn)
    refresh.refresh(fresh_database, bar)
    row = conn.execute("select ops.hypertable_of('candles_1d')::text").fetchone()
    assert row is not None
    conn.execute(f"update {row[0]} set close = 1")
    refresh.refresh(fresh_database, bar)
    assert support.candles(conn, "candles_1d") != support.expected(conn)["candles_1d"]
    refresh.refresh(fresh_database, bar, force=True)
    support.assert_exact(conn)


def test_no_candle_below_the_floor_is_touched(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    history.fill(conn, (120, 100, 20))
    refresh.refresh(fresh_database, bar)
    candles = support.all_candles(conn)
    support.keep_events(conn, "90 days")
    support.retain(fresh_database)
    # By hand, since no loader stores it: its chunk is what a refresh goes by.
    support.insert(conn, [trade(support.midnight(100) + timedelta(hours=5), "777")])
    refresh.refresh(fresh_database, bar, force=True)
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    refresh.refresh(fresh_database, bar, since=long_ago, until=datetime.now(UTC), force=True)
    assert support.all_candles(conn) == candles


def test_an_open_bucket_is_never_stored(conn: psycopg.Connection[Any], fresh_database: str) -> None:
    now = datetime.now(UTC)
    support.insert(conn, [trade(now - MINUTE * minutes, "5") for minutes in range(180)])
    refresh.refresh(fresh_database, bar, since=now - timedelta(days=1), until=now + MINUTE)
    support.insert(conn, [trade(now, "6", seq=1, tick_id="late")])
    support.assert_exact(conn)


def test_an_empty_database_has_nothing_to_refresh(fresh_database: str) -> None:
    assert sum(refresh.refresh(fresh_database, bar).slices.values()) == 0
    assert sum(refresh.refresh(fresh_database, bar, force=True).slices.values()) == 0


@pytest.mark.community
def test_retention_waits_for_a_refresh_under_way(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    history.fill(conn, (120, 20))
    support.keep_events(conn, "90 days")
    with support.as_role(fresh_database, "stockpulse_owner") as refresher:
        refresher.execute("select pg_advisory_lock_shared(hashtext('ops.retention_floors'))")
        support.retain(fresh_database)
        assert len(conn.execute("select from market.trades").fetchall()) == 16
    support.retain(fresh_database)
    assert len(conn.execute("select from market.trades").fetchall()) == 8


@pytest.mark.community
def test_a_refresh_waits_for_no_retention_but_says_so(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    conn.execute("select pg_advisory_lock(hashtext('ops.retention_floors'))")
    with pytest.raises(DatabaseRefused, match="retention is running"):
        refresh.refresh(fresh_database, bar)


def test_a_refresh_that_is_killed_is_finished_by_the_next(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    history.fill(conn)
    halt = threading.Event()

    @contextmanager
    def killing(_what: str, _total: int | None, _unit: str) -> Iterator[Callable[[int], None]]:
        def advance(_done: int) -> None:
            if not halt.is_set():
                halt.set()
                raise ConnectionAbortedError

        yield advance

    with pytest.raises(ConnectionAbortedError):
        refresh.refresh(fresh_database, killing)
    refresh.refresh(fresh_database, bar)
    support.assert_exact(conn)
    assert history.stored(conn, "candles_1d") == 3


@pytest.mark.community
def test_a_backend_that_is_killed_in_a_refresh_leaves_nothing_behind(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    history.fill(conn)
    # The lock stops the refresh of 1m where it writes, past its taking of the log.
    row = conn.execute("select ops.hypertable_of('candles_1m')::text").fetchone()
    assert row is not None
    failures: list[Exception] = []

    def run() -> None:
        try:
            refresh.refresh(fresh_database, bar)
        except Exception as error:
            failures.append(error)

    running = threading.Thread(target=run)
    with conn.transaction():
        conn.execute(f"lock table {row[0]} in exclusive mode")
        running.start()
        waiting = "select pid from pg_stat_activity where application_name = 'stockpulse refresh'"
        waiting += " and wait_event_type = 'Lock' and datname = current_database()"
        with support.connect(fresh_database) as other:
            wait_until(lambda: bool(other.execute(waiting).fetchall()), "the refresh waits")
            other.execute(f"select pg_terminate_backend(pid) from ({waiting}) as found")
        running.join(30)
    assert len(failures) == 1
    refresh.refresh(fresh_database, bar)
    assert history.stored(conn, "candles_1d") == 3
    support.assert_exact(conn)


@pytest.mark.community
def test_a_slice_that_another_refresh_is_at_is_tried_again(
    conn: psycopg.Connection[Any], fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.fill(conn)
    waits: list[float] = []
    monkeypatch.setattr(slices.time, "sleep", waits.append)
    monkeypatch.setattr(slices, "MOST_TRIES", 3)
    tried: list[str] = []
    load = slices.sql.load

    def failing(package: str, name: str) -> Any:
        if name == "refresh_slice" and len(tried) < 2:
            tried.append(name)
            return "do $$ begin raise exception 'busy' using errcode = '55P03'; end $$"
        return load(package, name)

    monkeypatch.setattr(slices.sql, "load", failing)
    refresh.refresh(fresh_database, bar)
    assert waits == [slices.RETRY_SECONDS] * 2
    assert history.stored(conn, "candles_1d") == 3


@pytest.mark.apache
def test_a_backfill_is_made_in_transactions_of_a_day(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    for day in range(10, 6, -1):
        start = support.midnight(day)
        support.insert(conn, [trade(start + MINUTE * minute, "5") for minute in range(0, 1440, 60)])
        conn.execute(
            "insert into ops.candle_changes values ('trades', null, %s, %s)",
            [start, start + timedelta(days=1)],
        )
    passes = refresh.refresh(fresh_database, bar).slices["all"]
    assert 2 <= passes <= 4
    support.assert_exact(conn)


@pytest.mark.apache
def test_single_late_ticks_never_hold_up_the_live_end(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    support.insert(conn, [trade(support.midnight(day), "5") for day in range(40, 0, -1)])
    row = conn.execute("select ops.refresh_lag()").fetchone()
    assert row == (timedelta(0),)


@pytest.mark.apache
def test_one_level_alone_is_refused(fresh_database: str) -> None:
    with pytest.raises(UsageError, match="all levels together"):
        refresh.refresh(fresh_database, bar, levels=("1h",))


def test_command_makes_candles_and_says_what_it_made(
    conn: psycopg.Connection[Any], fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.fill(conn)
    monkeypatch.setenv("STOCKPULSE_DATABASE_URL", fresh_database)
    done = CliRunner().invoke(cli, ["-q", "refresh"])
    assert done.exit_code == 0, done.output
    assert "slices in" in done.output
    assert history.stored(conn, "candles_1d") == 3
    wrong = CliRunner().invoke(cli, ["refresh", "--since", "yesterday"])
    assert wrong.exit_code == 2
    assert "is not a time" in wrong.output
