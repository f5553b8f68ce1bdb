"""A few trades on days long gone, and which of their candles are stored."""

from datetime import timedelta
from typing import Any

import psycopg

from tests.db import support
from tests.db.support import trade

HISTORY = (60, 40, 20)  # days ago


def fill(conn: psycopg.Connection[Any], days: tuple[int, ...] = HISTORY) -> None:
    """Stores a few trades on each day, and refreshes nothing."""
    for number, day in enumerate(days):
        start = support.midnight(day)
        support.insert(
            conn,
            [
                trade(start + timedelta(hours=hour, minutes=number), str(10 * number + hour + 1))
                for hour in range(0, 24, 3)
            ],
        )


def refresh_window(conn: psycopg.Connection[Any]) -> None:
    """Runs the scheduled refresh once."""
    support.run_jobs(conn, "refresh_candles")


def stored(conn: psycopg.Connection[Any], relation: str) -> int:
    """Returns how many candles of a relation are stored, not computed when they are read."""
    row = conn.execute("select ops.hypertable_of(%s)::text", [relation]).fetchone()
    assert row is not None
    count = conn.execute(f"select count(*) from {row[0]}").fetchone()
    assert count is not None
    return int(count[0])
