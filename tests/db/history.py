"""A few ticks on days long past, and the number of their candles that are stored."""

from datetime import timedelta
from typing import Any

import psycopg

from tests.db import support
from tests.db.support import tick

HISTORY = (60, 40, 20)  # days ago, before the range of the scheduled refreshes


def fill(conn: psycopg.Connection[Any], days: tuple[int, ...] = HISTORY) -> None:
    """Stores a few ticks on each day without refreshing any candles."""
    for number, day in enumerate(days):
        start = support.midnight(day)
        support.insert(
            conn,
            [
                tick(start + timedelta(hours=hour, minutes=number), str(10 * number + hour + 1))
                for hour in range(0, 24, 3)
            ],
        )


def refresh_window(conn: psycopg.Connection[Any]) -> None:
    """Runs the scheduled refreshes, which do not reach older history."""
    support.run_jobs(conn, "policy_refresh_continuous_aggregate")


def stored(conn: psycopg.Connection[Any], level: str) -> int:
    """Returns the number of candles of a level that are stored, not computed on read."""
    row = conn.execute("select ops.store_of(%s)::text", [level]).fetchone()
    assert row is not None
    count = conn.execute(f"select count(*) from {row[0]}").fetchone()
    assert count is not None
    return int(count[0])
