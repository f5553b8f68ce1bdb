"""Refreshes a level of candles slice by slice, several slices at the same time (Community)."""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from itertools import product
from typing import Any

import psycopg
from psycopg import errors as pg

from db import sql
from db.candles import side_by_side
from db.candles.levels import Level
from db.candles.progress import Progress

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
MOST_TRIES = 120  # a scheduled refresh of the same range takes seconds, rarely minutes

# Aggregated once, not chunk by chunk and then again: twice as fast.
CHUNKWISE = "timescaledb.enable_chunkwise_aggregation"
# A sequential scan of a child looks up its watermark once per row, an index scan once: 3 times as
# fast. The planner, which expects few rows, would sort them all: twice as fast without. Events have
# no watermark.
OFF_FOR_PARENTS = ("enable_seqscan", "enable_sort", "enable_incremental_sort")


def refresh(
    conns: list[psycopg.Connection[Any]],
    progress: Progress,
    level: Level,
    since: datetime | None,
    until: datetime | None,
    *,
    force: bool,
) -> tuple[int, float]:
    """Refreshes a level within since <= bucket < until and returns its slices and seconds.

    Each of `conns` refreshes one slice at a time.
    """
    started = time.monotonic()
    conn = conns[0]
    for each, statement in product(conns, _session(level)):
        each.execute(statement)
    slices = conn.execute(
        sql.load("db.candles", "candle_slices"),
        {"relation": level.relation, "since": since, "until": until, "every": force},
    ).fetchall()
    if slices and level.is_lowest:
        _analyze(conn, level.kind)
    with progress(f"market.{level.relation}", len(slices), "slices") as advance:
        _refresh_slices(conns, level.relation, slices, advance, force=force)
    if since is None and until is None:
        conn.execute(sql.load("db.candles", "refresh_gaps"), {"relation": level.relation})
    if slices:
        _analyze(conn, level.relation)
    seconds = time.monotonic() - started
    logger.info(
        "level refreshed",
        extra={"relation": level.relation, "slices": len(slices), "seconds": seconds},
    )
    return len(slices), seconds


def _session(level: Level) -> list[str]:
    """Returns the settings of a level; the lowest of the second tree comes after parents."""
    switch = "reset" if level.is_lowest else "set"
    value = "" if level.is_lowest else " = off"
    return [f"set {CHUNKWISE} = off", *(f"{switch} {name}{value}" for name in OFF_FOR_PARENTS)]


def _analyze(conn: psycopg.Connection[Any], relation: str) -> None:
    """Updates the statistics: a planner that expects few rows takes 50 times as long."""
    conn.execute(sql.load("db.candles", "flush_statistics"))
    conn.execute(sql.load("db.candles", "analyze_slices"), {"relation": relation})


def _refresh_slices(
    conns: list[psycopg.Connection[Any]],
    relation: str,
    slices: list[tuple[datetime, datetime, bool]],
    advance: Callable[[int], None],
    *,
    force: bool,
) -> None:
    def refresh_one(conn: psycopg.Connection[Any], slice_: tuple[datetime, datetime, bool]) -> None:
        first, last, columnar = slice_
        # bypasses the indexes of the rowstore: twice as fast
        conn.execute(sql.load("db.candles", "set_columnar"), {"columnar": columnar})
        _refresh_slice(conn, relation, first, last, force=force)

    side_by_side.run(conns, refresh_one, slices, advance)


def _refresh_slice(
    conn: psycopg.Connection[Any], relation: str, first: datetime, last: datetime, *, force: bool
) -> None:
    """Refreshes one slice, waiting for a scheduled refresh of the same range.

    The policies are not paused: a run that is killed would leave them paused.
    """
    for tries_left in reversed(range(MOST_TRIES)):
        try:
            conn.execute(
                sql.load("db.candles", "refresh_slice"),
                {"relation": relation, "since": first, "until": last, "force": force},
            )
        except pg.LockNotAvailable:
            if not tries_left:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return
