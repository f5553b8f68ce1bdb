"""Old candles that a refresh makes as a whole go straight into the columnstore, and stay exact."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from cli.progress import show_progress as bar
from db.candles import refresh
from tests.db import support
from tests.db.support import MINUTE, trade

pytestmark = pytest.mark.community


def fill(conn: psycopg.Connection[Any], days: tuple[int, ...]) -> None:
    """Stores two series of a trade every half minute: candles expected to be few stay rows."""
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


def chunks(conn: psycopg.Connection[Any], relation: str) -> list[tuple[str, bool]]:
    """Returns the chunks of a relation, oldest first, and whether each is in the columnstore."""
    return conn.execute(
        "select format('%%I.%%I', chunk_schema, chunk_name), is_compressed"
        " from timescaledb_information.chunks"
        " where ops.hypertable_of(%s)::text = format('%%I.%%I', hypertable_schema, hypertable_name)"
        " order by range_start",
        [relation],
    ).fetchall()


def columnar(conn: psycopg.Connection[Any], relation: str) -> list[bool]:
    """Returns for each chunk of a relation, oldest first, whether it is in the columnstore."""
    return [is_columnar for _, is_columnar in chunks(conn, relation)]


def rows_outside(conn: psycopg.Connection[Any], relation: str) -> int:
    """Returns how many candles of columnar chunks are rows still."""
    names = [name for name, is_columnar in chunks(conn, relation) if is_columnar]
    counts = [conn.execute(f"select count(*) from only {name}").fetchone() for name in names]
    return sum(count[0] for count in counts if count)


def test_old_candles_are_columnar(conn: psycopg.Connection[Any], fresh_database: str) -> None:
    fill(conn, (60, 40, 20, 5))
    refresh.refresh(fresh_database, bar)
    assert columnar(conn, "candles_1m") == [True, True, True, False]
    assert columnar(conn, "candles_5m")[0]
    assert not any(columnar(conn, "candles_15m"))  # a slice of them would not fill a batch
    support.assert_exact(conn)


def test_late_trades_of_columnar_candles_reach_every_level(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn, (60, 40, 20))
    refresh.refresh(fresh_database, bar)
    support.insert(
        conn, [trade(support.midnight(60) + timedelta(hours=1), "77", seq=1, tick_id="late")]
    )
    again = refresh.refresh(fresh_database, bar)
    assert all(again.slices[f"candles_{level}"] for level in support.LEVELS)
    assert rows_outside(conn, "candles_1m") > 0  # a few candles would make bad batches
    support.assert_exact(conn)


def test_recreated_candles_are_exact_and_columnar(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn, (60, 40, 20))
    refresh.refresh(fresh_database, bar)
    support.insert(
        conn, [trade(support.midnight(40) + timedelta(hours=2), "77", seq=1, tick_id="late")]
    )
    refresh.refresh(fresh_database, bar, force=True)
    assert all(columnar(conn, "candles_1m"))
    assert rows_outside(conn, "candles_1m") == 0
    support.assert_exact(conn)


def test_retention_drops_trades_and_leaves_columnar_candles(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn, (120, 100, 20))
    refresh.refresh(fresh_database, bar)
    candles = support.all_candles(conn)
    support.keep_events(conn, "90 days")
    support.retain(fresh_database)
    assert support.all_candles(conn) == candles
    assert all(columnar(conn, "candles_1m"))
