"""Refreshes all levels from the log of changes, in transactions of bounded size (Apache-2)."""

import math
import time
from datetime import datetime
from typing import Any

import psycopg

from db import sql
from db.candles.progress import Progress

RETRY_SECONDS = 1.0


def refresh(
    conn: psycopg.Connection[Any],
    progress: Progress,
    since: datetime | None,
    until: datetime | None,
    *,
    force: bool,
) -> tuple[int, float]:
    """Empties the log of changes and returns the number of passes and the seconds taken.

    A range, or `force`, is first added to the log as a change of every symbol.
    """
    started = time.monotonic()
    passes = 0
    if since or until or force:
        conn.execute(
            sql.load("db.candles", "add_change"),
            {"since": since or "-infinity", "until": until or "infinity"},
        )
    left = _days_left(conn)
    with progress("candles of all levels", math.ceil(left), "days") as advance:
        while left > 0:
            conn.execute(sql.load("db.candles", "refresh_changes"))
            before, left = left, _days_left(conn)
            advance(max(0, math.ceil(before) - math.ceil(left)))
            if left >= before:
                time.sleep(RETRY_SECONDS)  # the loader's own refresh is running
            passes += 1
    # A bounded pass moves the watermarks only up to its bound; later candles are computed on read.
    conn.execute(sql.load("db.candles", "refresh_changes"))
    return passes, time.monotonic() - started


def _days_left(conn: psycopg.Connection[Any]) -> float:
    row = conn.execute(sql.load("db.candles", "closed_changes")).fetchone()
    assert row is not None
    return float(row[0])
