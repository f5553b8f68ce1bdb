"""The job that refreshes every level: what changed, however long ago, and no open bucket."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from cli.progress import show_progress as bar
from db.candles import refresh
from tests.db import history, support
from tests.db.support import trade

pytestmark = pytest.mark.community


def test_history_is_refreshed_however_old_it_is(conn: psycopg.Connection[Any]) -> None:
    support.insert(conn, [trade(support.midnight(1), "5")])
    support.run_jobs(conn, "refresh_candles")
    history.fill(conn, (4000, 60, 20))
    assert support.candles(conn, "candles_1m") != support.expected(conn)["candles_1m"]
    support.run_jobs(conn, "refresh_candles")
    support.assert_exact(conn)


def test_history_shown_before_live_trades_is_shown_after_them(
    conn: psycopg.Connection[Any],
) -> None:
    history.fill(conn)
    shown = support.all_candles(conn)
    support.assert_exact(conn)
    support.insert(conn, [trade(support.midnight(0), "5")])
    for _ in range(2):
        support.run_jobs(conn, "refresh_candles")
        now = support.all_candles(conn)
        assert all(set(shown[relation]) <= set(now[relation]) for relation in shown)
    support.assert_exact(conn)


def test_the_last_day_does_not_wait_for_history(conn: psycopg.Connection[Any]) -> None:
    now = conn.execute("select now()").fetchone()
    assert now is not None
    early = now[0] - timedelta(hours=3)
    support.insert(conn, [trade(early, "5"), trade(now[0] - timedelta(minutes=3), "6")])
    support.run_jobs(conn, "refresh_candles")
    history.fill(conn, (4000, 60))
    support.insert(conn, [trade(early, "7", seq=1)])
    shown = support.all_candles(conn)
    conn.execute("call ops.refresh_tail()")
    rows = conn.execute(
        "select tick_count from market.candles_1m where bucket <= %s order by bucket desc limit 1",
        [early],
    ).fetchone()
    assert rows == (2,)
    after = support.all_candles(conn)
    for relation in shown:  # nothing that was shown is hidden
        buckets = {row[:3] for row in after[relation]}
        assert {row[:3] for row in shown[relation]} <= buckets, relation
    support.run_jobs(conn, "refresh_candles")
    support.assert_exact(conn)


def test_history_of_an_empty_database_is_not_hidden_by_its_newest_day(
    conn: psycopg.Connection[Any],
) -> None:
    history.fill(conn)
    support.insert(conn, [trade(support.midnight(0), "5")])
    conn.execute("call ops.refresh_tail()")
    support.assert_exact(conn)


def test_an_open_bucket_is_not_stored(conn: psycopg.Connection[Any]) -> None:
    now = conn.execute("select date_trunc('minute', now())").fetchone()
    assert now is not None
    minutes = [now[0] - timedelta(minutes=minute) for minute in range(4)]
    support.insert(conn, [trade(minute, "5") for minute in minutes])
    support.run_jobs(conn, "refresh_candles")
    assert 1 <= history.stored(conn, "candles_1m") <= 3
    support.assert_exact(conn)


def test_a_floor_that_nothing_closed_is_above_stops_no_refresh(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    conn.execute("update ops.retention_floors set floor_ts = now() + interval '1 day'")
    support.insert(conn, [trade(support.midnight(1), "5")])
    support.run_jobs(conn, "refresh_candles")
    refresh.refresh(fresh_database, bar)


def test_a_run_stops_when_its_time_is_up_and_the_next_goes_on(
    conn: psycopg.Connection[Any],
) -> None:
    support.insert(conn, [trade(support.midnight(1), "5")])
    support.run_jobs(conn, "refresh_candles")
    history.fill(conn)
    conn.execute("set role stockpulse_owner")
    conn.execute("""call ops.refresh_candles(null, '{"longest": "0 s"}')""")
    assert history.stored(conn, "candles_1m") == 1
    conn.execute("call ops.refresh_candles()")
    support.assert_exact(conn)


def test_a_second_refresher_leaves_the_work_to_the_first(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    history.fill(conn)
    with support.connect(fresh_database) as other:
        other.execute("select pg_advisory_lock(hashtext('ops.refresh_candles'))")
        support.run_jobs(conn, "refresh_candles")
        assert history.stored(conn, "candles_1m") == 0
        other.execute("select pg_advisory_unlock(hashtext('ops.refresh_candles'))")
    support.run_jobs(conn, "refresh_candles")
    assert history.stored(conn, "candles_1m") == 24


def test_candles_below_the_floor_are_left_alone(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    history.fill(conn, (120, 100, 20))
    refresh.refresh(fresh_database, bar)
    candles = support.all_candles(conn)
    support.keep_events(conn, "90 days")
    support.retain(fresh_database)
    # By hand, since no loader stores it: its chunk is what a refresh goes by.
    support.insert(conn, [trade(support.midnight(100), "777", seq=1)])
    conn.execute(  # as an update by TimescaleDB could
        "insert into _timescaledb_catalog.continuous_aggs_materialization_invalidation_log"
        " select mat_hypertable_id, -9223372036854775808, 9223372036854775807"
        " from _timescaledb_catalog.continuous_agg"
    )
    support.run_jobs(conn, "refresh_candles")
    assert support.all_candles(conn) == candles
