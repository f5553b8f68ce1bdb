"""Dropping events never changes a candle: not at once, and not by any job that runs later."""

from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.db import support
from tests.db.support import MICROSECOND, quote, trade

DAYS = (120, 100, 93, 80, 30, 8, 2)  # ago; events are kept for 90
LATE = support.midnight(100) + timedelta(hours=5)


def fill(conn: psycopg.Connection[Any]) -> None:
    """Stores a few events of two series on each of DAYS, kept for 90 days."""
    support.keep_events(conn, "90 days")
    for number, days in enumerate(DAYS):
        start = support.midnight(days)
        support.insert(
            conn,
            [
                trade(start + timedelta(hours=hour), str(10 * number + hour + 1), source=source)
                for hour in range(0, 24, 5)
                for source in ("sim", "kraken")
            ],
        )
        support.insert(
            conn, [quote(start + timedelta(hours=hour), "1", str(hour)) for hour in range(2, 24, 7)]
        )


def floor_of(conn: psycopg.Connection[Any], relation: str) -> datetime | None:
    row = conn.execute(
        "select floor_ts from ops.retention_floors where relation = %s and isfinite(floor_ts)",
        [relation],
    ).fetchone()
    return row[0] if row else None


def oldest(conn: psycopg.Connection[Any], relation: str, column: str) -> datetime:
    row = conn.execute(f"select min({column}) from {relation}").fetchone()
    assert row is not None
    result: datetime = row[0]
    return result


def test_old_events_go_and_no_candle_changes(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    support.refresh_all(conn)
    candles = support.all_candles(conn)
    support.retain(fresh_database)
    assert floor_of(conn, "trades") == support.midnight(92)
    assert oldest(conn, "market.trades", "ts") == support.midnight(80)
    assert support.all_candles(conn) == candles


def test_candles_never_refreshed_are_made_before_their_events_go(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    candles = support.kept(support.expected(conn))
    support.retain(fresh_database)
    assert oldest(conn, "market.trades", "ts") == support.midnight(80)
    assert support.all_candles(conn) == candles


def test_late_events_reach_every_level_before_they_go(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    support.refresh_all(conn)
    support.insert(
        conn,
        [
            trade(LATE + MICROSECOND, "777"),
            trade(LATE, "888", source="new"),
            quote(LATE, "5", None),
        ],
    )
    candles = support.kept(support.expected(conn))
    support.retain(fresh_database)
    assert oldest(conn, "market.trades", "ts") == support.midnight(80)
    assert support.all_candles(conn) == candles


def test_late_ticks_out_of_reach_of_the_schedule_come_to_every_level_with_the_retention(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    support.refresh_all(conn)
    support.insert(conn, [trade(support.midnight(40), "777")])
    candles = support.kept(support.expected(conn))
    support.retain(fresh_database)
    assert support.all_candles(conn) == candles


@pytest.mark.community
def test_no_job_changes_a_candle_afterwards(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    support.refresh_all(conn)
    candles = support.all_candles(conn)
    support.retain(fresh_database)
    for _ in range(2):
        for procedure in ("refresh_candles", "apply_retention"):
            support.run_jobs(conn, procedure)
        assert support.all_candles(conn) == candles
    support.refresh_all(conn)  # not even one that reaches below the floor
    assert support.all_candles(conn) == candles


def test_candles_stay_when_everything_is_done_twice(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    candles = support.kept(support.expected(conn))
    for _ in range(2):
        support.refresh(conn)
        support.retain(fresh_database)
    assert support.all_candles(conn) == candles


def test_trade_below_the_floor_spoils_no_candle(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    support.refresh_all(conn)
    support.retain(fresh_database)
    candles = support.all_candles(conn)
    support.insert(conn, [trade(LATE, "5")])
    support.refresh(conn)
    support.retain(fresh_database)
    support.refresh(conn)
    assert support.all_candles(conn) == candles
    assert oldest(conn, "market.trades", "ts") == support.midnight(80)


def test_dropped_minutes_leave_their_parents_alone(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    support.keep_events(conn, "20 days")
    conn.execute(
        "update ops.lifecycle set keep = '60 days', columnstore_after = '9 days'"
        " where relation = 'candles_1m'"
    )
    candles = support.kept(support.expected(conn))
    support.retain(fresh_database)
    floor = floor_of(conn, "candles_1m")
    assert floor is not None
    assert floor <= support.midnight(60)
    assert floor > support.midnight(80)
    minutes = candles.pop("candles_1m")
    for _ in range(2):
        assert support.candles(conn, "candles_1m") == [row for row in minutes if row[0] >= floor]
        for relation, wanted in candles.items():
            assert support.candles(conn, relation) == wanted, relation
        support.refresh(conn)
        support.retain(fresh_database)


@pytest.mark.community
def test_trades_that_came_during_the_retention_wait_for_the_next(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    """A chunk whose candles are behind is recognised, whatever has left them behind."""
    fill(conn)
    support.refresh_all(conn)
    span = [support.midnight(101), support.midnight(99)]
    assert conn.execute("select ops.is_stale('trades', %s, %s)", span).fetchone() == (False,)
    support.insert(conn, [trade(LATE + MICROSECOND, "777")])
    assert conn.execute("select ops.is_stale('trades', %s, %s)", span).fetchone() == (True,)
    other = [support.midnight(99), support.midnight(98)]
    assert conn.execute("select ops.is_stale('trades', %s, %s)", other).fetchone() == (False,)


@pytest.mark.apache
def test_changes_not_yet_refreshed_keep_their_chunks(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    support.refresh(conn)
    with psycopg.connect(fresh_database) as refresher:
        refresher.execute("select pg_advisory_xact_lock(hashtext('market.refresh_candles'))")
        support.insert(conn, [trade(LATE + MICROSECOND, "777")])
        candles = support.kept(support.expected(conn))
        support.retain(fresh_database)
        assert floor_of(conn, "trades") is None
        assert floor_of(conn, "quotes") == support.midnight(92)
        assert oldest(conn, "market.trades", "ts") == support.midnight(120)
    support.retain(fresh_database)
    assert floor_of(conn, "trades") == support.midnight(92)
    assert support.all_candles(conn) == candles


@pytest.mark.community
def test_late_and_known_trades_meet_a_columnar_chunk(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    start = support.midnight(5)
    ticks = [trade(start + timedelta(minutes=n), str(n + 1), tick_id=str(n)) for n in range(120)]
    support.insert(conn, ticks)
    support.refresh(conn)
    support.run_jobs(conn, "policy_compression")
    for (chunk,) in conn.execute("select show_chunks('ops.candles_1m')").fetchall():
        conn.execute("call convert_to_columnstore(%s)", [chunk])
    columnar = conn.execute(
        "select count(*) filter (where not is_compressed) from timescaledb_information.chunks"
        " where hypertable_name in ('trades', (select materialization_hypertable_name"
        " from timescaledb_information.continuous_aggregates where view_name = 'candles_1m'))"
    ).fetchone()
    assert columnar == (0,)
    late = trade(start + timedelta(minutes=3, seconds=1), "999", tick_id="late")
    with support.as_role(fresh_database, "stockpulse_loader") as loader:
        for row in (*ticks[:50], late):
            values = support.row(row)
            insert = f"{support.statement('market.trades', [values])} on conflict do nothing"
            loader.execute(insert, values)
    assert conn.execute("select count(*) from market.trades").fetchone() == (121,)
    support.refresh(conn)
    support.assert_exact(conn)


def test_batches_stay_as_long_as_their_events(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    add = (
        "insert into ops.load_batches (loader, offsets, messages, stored, duplicates, amended,"
        " rejected, ignored, trades, quotes, late, newest_ts, seconds, loaded_at)"
        " values ('here', '{}', 0, 0, 0, 0, 0, 0, 0, 0, 0, %s, 1, %s) returning id"
    )
    long_ago = support.midnight(200)
    ids = [
        conn.execute(add, [newest, long_ago]).fetchone()
        for newest in (support.midnight(100), support.midnight(80), None)
    ]
    conn.execute("update ops.lifecycle set keep = null where relation = 'quotes'")
    support.retain(fresh_database)
    assert conn.execute("select id from ops.load_batches order by id").fetchall() == ids
    support.keep_events(conn, "90 days")
    support.retain(fresh_database)
    assert conn.execute("select id from ops.load_batches").fetchall() == [ids[1]]
