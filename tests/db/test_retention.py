"""Dropping ticks never changes a candle, neither at once nor by a job that runs later."""

from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.db import support
from tests.db.support import MICROSECOND, trade

DAYS = (120, 100, 93, 80, 30, 8, 2)  # days ago; ticks are kept for 90
LATE = support.midnight(100) + timedelta(hours=5)


def fill(conn: psycopg.Connection[Any]) -> None:
    """Stores a few ticks of two series on each of DAYS."""
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


def floor_of(conn: psycopg.Connection[Any], level: str) -> datetime | None:
    row = conn.execute(
        "select floor_ts from ops.retention_floors where level = %s and isfinite(floor_ts)", [level]
    ).fetchone()
    return row[0] if row else None


def oldest(conn: psycopg.Connection[Any], relation: str, column: str) -> datetime:
    row = conn.execute(f"select min({column}) from {relation}").fetchone()
    assert row is not None
    result: datetime = row[0]
    return result


def test_old_ticks_are_dropped_and_no_candle_changes(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    support.refresh_all(conn)
    candles = support.all_candles(conn)
    support.retain(fresh_database)
    assert floor_of(conn, "ticks") == support.midnight(92)
    assert oldest(conn, "market.ticks", "ts") == support.midnight(80)
    assert support.all_candles(conn) == candles


def test_missing_candles_are_stored_before_their_ticks_are_dropped(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    candles = support.expected(conn)
    support.retain(fresh_database)
    assert oldest(conn, "market.ticks", "ts") == support.midnight(80)
    assert support.all_candles(conn) == candles


def test_late_ticks_reach_every_level_before_they_are_dropped(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    support.refresh_all(conn)
    support.insert(conn, [trade(LATE + MICROSECOND, "777"), trade(LATE, "888", source="new")])
    candles = support.expected(conn)
    support.retain(fresh_database)
    assert oldest(conn, "market.ticks", "ts") == support.midnight(80)
    assert support.all_candles(conn) == candles


def test_retention_refreshes_late_ticks_before_the_range_of_the_schedule(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    support.refresh_all(conn)
    support.insert(conn, [trade(support.midnight(40), "777")])
    candles = support.expected(conn)
    support.retain(fresh_database)
    assert support.all_candles(conn) == candles


@pytest.mark.community
@pytest.mark.parametrize("batches", [0, 1, 1000])
def test_no_job_changes_a_candle_afterwards(
    conn: psycopg.Connection[Any], fresh_database: str, batches: int
) -> None:
    fill(conn)
    support.refresh_all(conn)
    candles = support.all_candles(conn)
    conn.execute(
        "select alter_job(job_id, config =>"
        " jsonb_set(config, '{buckets_per_batch}', to_jsonb(%s::integer)))"
        " from timescaledb_information.jobs"
        " where proc_name = 'policy_refresh_continuous_aggregate'",
        [batches],
    )
    support.retain(fresh_database)
    for _ in range(2):
        for procedure in ("policy_refresh_continuous_aggregate", "apply_retention"):
            support.run_jobs(conn, procedure)
        assert support.all_candles(conn) == candles
    support.refresh_all(conn)  # including the range below the floor
    assert support.all_candles(conn) == candles


def test_second_refresh_and_retention_change_no_candle(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    candles = support.expected(conn)
    for _ in range(2):
        support.refresh(conn)
        support.retain(fresh_database)
    assert support.all_candles(conn) == candles


def test_tick_below_the_floor_changes_no_candle(
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
    assert oldest(conn, "market.ticks", "ts") == support.midnight(80)


def test_dropped_minutes_do_not_change_their_parents(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    conn.execute("update ops.lifecycle set keep = '20 days' where level = 'ticks'")
    conn.execute(
        "update ops.lifecycle set keep = '60 days', columnstore_after = '9 days' where level = '1m'"
    )
    fill(conn)
    candles = support.expected(conn)
    support.retain(fresh_database)
    floor = floor_of(conn, "1m")
    assert floor is not None
    assert floor <= support.midnight(60)
    assert floor > support.midnight(80)
    minutes = candles.pop("1m")
    for _ in range(2):
        assert support.candles(conn, "1m") == [row for row in minutes if row[0] >= floor]
        for level, wanted in candles.items():
            assert support.candles(conn, level) == wanted, level
        support.refresh(conn)
        support.retain(fresh_database)


@pytest.mark.community
def test_stale_chunks_are_recognised(conn: psycopg.Connection[Any], fresh_database: str) -> None:
    fill(conn)
    support.refresh_all(conn)
    span = [support.midnight(101), support.midnight(99)]
    assert conn.execute("select ops.is_stale('ticks', %s, %s)", span).fetchone() == (False,)
    support.insert(conn, [trade(LATE + MICROSECOND, "777")])
    assert conn.execute("select ops.is_stale('ticks', %s, %s)", span).fetchone() == (True,)
    other = [support.midnight(99), support.midnight(98)]
    assert conn.execute("select ops.is_stale('ticks', %s, %s)", other).fetchone() == (False,)


@pytest.mark.apache
def test_chunks_with_pending_changes_are_kept(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    support.refresh(conn)
    with psycopg.connect(fresh_database) as refresher:
        refresher.execute("select pg_advisory_xact_lock(hashtext('market.refresh_candles'))")
        support.insert(conn, [trade(LATE + MICROSECOND, "777")])
        support.retain(fresh_database)
        assert floor_of(conn, "ticks") is None
        assert oldest(conn, "market.ticks", "ts") == support.midnight(120)
    candles = support.expected(conn)
    support.retain(fresh_database)
    assert floor_of(conn, "ticks") == support.midnight(92)
    assert support.all_candles(conn) == candles


@pytest.mark.community
def test_columnar_chunks_accept_late_ticks_and_ignore_duplicates(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    start = support.midnight(5)
    ticks = [trade(start + timedelta(minutes=n), str(n + 1), tick_id=str(n)) for n in range(120)]
    support.insert(conn, ticks)
    support.refresh(conn)
    support.run_jobs(conn, "policy_compression")
    for (chunk,) in conn.execute("select show_chunks('market.candles_1m')").fetchall():
        conn.execute("call convert_to_columnstore(%s)", [chunk])
    columnar = conn.execute(
        "select count(*) filter (where not is_compressed) from timescaledb_information.chunks"
        " where hypertable_name in ('ticks', (select materialization_hypertable_name"
        " from timescaledb_information.continuous_aggregates where view_name = 'candles_1m'))"
    ).fetchone()
    assert columnar == (0,)
    late = trade(start + timedelta(minutes=3, seconds=1), "999", tick_id="late")
    with support.as_role(fresh_database, "stockpulse_loader") as loader:
        for row in (*ticks[:50], late):
            loader.execute(
                "insert into market.ticks (ts, price, size, ord, symbol, source, tick_id)"
                " values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
                row,
            )
    assert conn.execute("select count(*) from market.ticks").fetchone() == (121,)
    support.refresh(conn)
    support.assert_exact(conn)
