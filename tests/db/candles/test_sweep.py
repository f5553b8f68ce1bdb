"""History beyond the reach of the scheduled refreshes is refreshed by the sweep."""

from typing import Any

import psycopg
import pytest

from cli.progress import show_progress as bar
from db.candles import refresh
from tests.db import history, support
from tests.db.support import trade

pytestmark = pytest.mark.community


def test_history_older_than_the_windows_is_swept_in(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    support.insert(conn, [trade(support.midnight(1), "5")])
    history.refresh_window(conn)
    history.fill(conn)
    assert support.candles(conn, "candles_1m") != support.expected(conn)["candles_1m"]
    support.run_jobs(conn, "sweep")
    support.assert_exact(conn)


def test_sweep_stops_when_its_time_is_up_and_goes_on_later(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    support.insert(conn, [trade(support.midnight(1), "5")])
    history.refresh_window(conn)
    history.fill(conn)
    conn.execute("set role stockpulse_owner")
    conn.execute("""call ops.sweep(null, '{"longest": "0 s"}')""")
    assert history.stored(conn, "candles_1m") == 1
    conn.execute("call ops.sweep()")
    support.assert_exact(conn)


def test_sweep_leaves_candles_below_the_floor(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    history.fill(conn, (120, 100, 20))
    refresh.refresh(fresh_database, bar)
    candles = support.all_candles(conn)
    support.keep_events(conn, "90 days")
    support.retain(fresh_database)
    # By hand, since no loader stores it: its chunk is what a sweep goes by.
    support.insert(conn, [trade(support.midnight(100), "777", seq=1)])
    conn.execute(  # as an update by TimescaleDB could
        "insert into _timescaledb_catalog.continuous_aggs_materialization_invalidation_log"
        " select mat_hypertable_id, -9223372036854775808, 9223372036854775807"
        " from _timescaledb_catalog.continuous_agg"
    )
    support.run_jobs(conn, "sweep")
    assert support.all_candles(conn) == candles
