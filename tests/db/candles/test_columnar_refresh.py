"""Slices of old candles that are rebuilt as a whole go straight into the columnstore."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from cli.progress import show_progress
from db.candles import refresh
from tests.db import support
from tests.db.support import MINUTE, trade

pytestmark = pytest.mark.community


def fill(conn: psycopg.Connection[Any], days: tuple[int, ...]) -> None:
    """Stores a tick every half minute for two symbols: small slices stay in the rowstore."""
    for day in days:
        start = support.midnight(day)
        support.insert(
            conn,
            [
                trade(start + MINUTE * step / 2, str(step + 1), symbol=symbol)
                for step in range(24 * 60 * 2)
                for symbol in ("AAPL", "MSFT")
            ],
        )


def chunks(conn: psycopg.Connection[Any], level: str) -> list[tuple[str, bool]]:
    """Returns the chunks of a level, oldest first, and whether each is in the columnstore."""
    return conn.execute(
        "select format('%%I.%%I', chunk_schema, chunk_name), is_compressed"
        " from timescaledb_information.chunks"
        " where ops.store_of(%s)::text = format('%%I.%%I', hypertable_schema, hypertable_name)"
        " order by range_start",
        [level],
    ).fetchall()


def columnar(conn: psycopg.Connection[Any], level: str) -> list[bool]:
    """Returns for each chunk of a level, oldest first, whether it is in the columnstore."""
    return [is_columnar for _, is_columnar in chunks(conn, level)]


def rows_outside(conn: psycopg.Connection[Any], level: str) -> int:
    """Returns the number of candles in columnar chunks that are stored as rows."""
    names = [name for name, is_columnar in chunks(conn, level) if is_columnar]
    counts = [conn.execute(f"select count(*) from only {name}").fetchone() for name in names]
    return sum(count[0] for count in counts if count)


def test_slices_old_enough_become_columnar(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn, (60, 40, 20, 5))
    refresh.refresh(fresh_database, show_progress)
    assert columnar(conn, "candles_1m") == [True, True, True, False]
    assert columnar(conn, "candles_5m")[0]
    assert not any(columnar(conn, "candles_15m"))  # a slice does not fill a batch
    support.assert_exact(conn)


def test_late_ticks_in_columnar_slices_reach_every_level(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn, (60, 40, 20))
    refresh.refresh(fresh_database, show_progress)
    support.insert(
        conn, [trade(support.midnight(60) + timedelta(hours=1), "77", seq=1, tick_id="late")]
    )
    again = refresh.refresh(fresh_database, show_progress)
    assert all(again.slices.values())
    assert rows_outside(conn, "candles_1m") > 0  # a few candles would fill batches badly
    support.assert_exact(conn)


def test_forced_rebuild_is_exact_and_columnar(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn, (60, 40, 20))
    refresh.refresh(fresh_database, show_progress)
    support.insert(
        conn, [trade(support.midnight(40) + timedelta(hours=2), "77", seq=1, tick_id="late")]
    )
    refresh.refresh(fresh_database, show_progress, force=True)
    assert all(columnar(conn, "candles_1m"))
    assert rows_outside(conn, "candles_1m") == 0
    support.assert_exact(conn)


def test_retention_of_ticks_keeps_columnar_candles(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn, (120, 100, 20))
    refresh.refresh(fresh_database, show_progress)
    candles = support.all_candles(conn)
    support.keep_events(conn, "90 days")
    support.retain(fresh_database)
    assert support.all_candles(conn) == candles
    assert all(columnar(conn, "candles_1m"))
