"""Brings candles up to date with their ticks, slice by slice, children before parents.

What is up to date already costs next to nothing, so a run that was killed is simply run again.
"""

import logging
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from itertools import product
from queue import SimpleQueue
from typing import Any

import msgspec
import psycopg
from psycopg import errors as pg

from db import connect, edition, sql
from db.errors import DatabaseRefused, UsageError

logger = logging.getLogger(__name__)

LEVELS = ("1m", "5m", "15m", "30m", "1h", "4h", "12h", "1d")
TREES = {"trades": "candles", "quotes": "quote_candles"}  # events, and what candles are named by
RETRY_SECONDS = 1.0
MOST_TRIES = 120  # of a slice that a scheduled refresh is at: it runs for seconds, rarely minutes

# Lost at a crash, the candles are as old as the log of what changed: no need to wait for the disk.
SESSION = (
    "set role stockpulse_owner",
    "set synchronous_commit = off",
    "set work_mem = '256MB'",
)
# Aggregated once, not chunk by chunk and then again: twice as fast.
COMMUNITY_SESSION = "set timescaledb.enable_chunkwise_aggregation = off"
# A sequential scan of a child asks for its watermark once a row, an index scan once: 3 times as
# fast; and the planner, which expects few rows, sorts them all: twice as fast without.
PARENT_SESSION = (
    "set enable_seqscan = off",
    "set enable_sort = off",
    "set enable_incremental_sort = off",
)

# Shows progress: called with what, how many units (None: unknown) and the unit's name, it gives
# what is called with each number of units done.
Bar = Callable[[str, int | None, str], AbstractContextManager[Callable[[int], None]]]


class Refreshed(msgspec.Struct):
    """What a run has done; slices by relation, on the Apache-2 edition passes under "all"."""

    slices: dict[str, int] = {}
    seconds: dict[str, float] = {}


def refresh(
    database_url: str,
    bar: Bar,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    levels: tuple[str, ...] = LEVELS,
    force: bool = False,
    jobs: int = 1,
) -> Refreshed:
    """Refreshes the candles that changed, or of [since, until); `force` makes all of them anew.

    `jobs` slices are made at a time, each on a connection and a processor of its own (Community).
    Never reaches below ops.retention_floors, where the events are gone, nor past the last closed
    bucket.
    """
    _check(since, until, levels)
    with _session(database_url) as conn, ExitStack() as more:
        if edition.kind_of(conn) == "apache":
            if levels != LEVELS:
                raise UsageError("the Apache-2 edition refreshes all levels together")
            return _refresh_changes(conn, bar, since, until, force=force)
        _hold_floors(conn)
        conns = [conn, *(more.enter_context(_session(database_url)) for _ in range(jobs - 1))]
        for each in conns:
            each.execute(COMMUNITY_SESSION)
        done = Refreshed()
        for (events, prefix), level in product(TREES.items(), LEVELS):
            if level in levels:
                relation = f"{prefix}_{level}"
                child = events if level == LEVELS[0] else None
                _refresh_relation(conns, bar, done, relation, child, since, until, force=force)
        return done


@contextmanager
def _session(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with (
        connect.connect(
            database_url, application_name="stockpulse refresh", autocommit=True
        ) as conn,
        connect.translated(),
    ):
        for statement in SESSION:
            conn.execute(statement)
        yield conn


def _check(since: datetime | None, until: datetime | None, levels: tuple[str, ...]) -> None:
    if unknown := set(levels) - set(LEVELS):
        raise UsageError(f"unknown level {sorted(unknown)[0]}; known are {', '.join(LEVELS)}")
    if since and until and since >= until:
        raise UsageError(f"since {since} is not before until {until}")


def _hold_floors(conn: psycopg.Connection[Any]) -> None:
    """Keeps retention from dropping ticks that a slice counts on."""
    if conn.execute(sql.load("db.candles", "lock_floors")).fetchone() != (True,):
        raise DatabaseRefused("retention is at work; try again when it is done")


def _refresh_relation(
    conns: list[psycopg.Connection[Any]],
    bar: Bar,
    done: Refreshed,
    relation: str,
    events: str | None,
    since: datetime | None,
    until: datetime | None,
    *,
    force: bool,
) -> None:
    started = time.monotonic()
    conn = conns[0]
    for each, statement in product(conns, PARENT_SESSION):
        each.execute(statement if events is None else f"reset {statement.split()[1]}")
    slices = conn.execute(
        sql.load("db.candles", "candle_slices"),
        {"relation": relation, "since": since, "until": until, "every": force},
    ).fetchall()
    if slices and events:
        _analyze(conn, events)
    with bar(relation, len(slices), "slices") as advance:
        _refresh_slices(conns, relation, slices, advance, force=force)
    if slices:
        _analyze(conn, relation)
    done.slices[relation] = len(slices)
    done.seconds[relation] = time.monotonic() - started
    logger.info(
        "candles refreshed",
        extra={"relation": relation, "slices": len(slices), "seconds": done.seconds[relation]},
    )


def _analyze(conn: psycopg.Connection[Any], relation: str) -> None:
    """Counts what was just written: expecting few rows, the planner takes 50 times as long."""
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
    free: SimpleQueue[psycopg.Connection[Any]] = SimpleQueue()
    for conn in conns:
        free.put(conn)

    def make(first: datetime, last: datetime, columnar: bool) -> None:
        conn = free.get()
        try:
            # past the indexes of rows: twice as fast
            conn.execute(sql.load("db.candles", "set_columnar"), {"columnar": columnar})
            _refresh_slice(conn, relation, first, last, force=force)
        finally:
            free.put(conn)

    with ThreadPoolExecutor(len(conns)) as pool:
        try:
            for made in as_completed([pool.submit(make, *slice_) for slice_ in slices]):
                made.result()
                advance(1)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for conn in conns:
                conn.cancel_safe()
            raise


def _refresh_slice(
    conn: psycopg.Connection[Any], relation: str, first: datetime, last: datetime, *, force: bool
) -> None:
    """Refreshes one slice, waiting for a scheduled refresh of the same range.

    The policies are not paused: whoever is killed here would leave them paused.
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


def _refresh_changes(
    conn: psycopg.Connection[Any],
    bar: Bar,
    since: datetime | None,
    until: datetime | None,
    *,
    force: bool,
) -> Refreshed:
    """Works off the log of changes, a transaction of bounded size after the other."""
    started = time.monotonic()
    passes = 0
    if since or until or force:
        conn.execute(
            sql.load("db.candles", "add_change"),
            {"since": since or "-infinity", "until": until or "infinity"},
        )
    left = _days_left(conn)
    with bar("candles of all levels", math.ceil(left), "days") as advance:
        while left > 0:
            conn.execute(sql.load("db.candles", "refresh_changes"))
            before, left = left, _days_left(conn)
            advance(max(0, math.ceil(before) - math.ceil(left)))
            if left >= before:
                time.sleep(RETRY_SECONDS)  # the loader's own refresh is under way
            passes += 1
    # A bounded pass moves the watermarks to its bound only: what is after it is made when read.
    conn.execute(sql.load("db.candles", "refresh_changes"))
    return Refreshed({"all": passes}, {"all": time.monotonic() - started})


def _days_left(conn: psycopg.Connection[Any]) -> float:
    row = conn.execute(sql.load("db.candles", "closed_changes")).fetchone()
    assert row is not None
    return float(row[0])
