"""Brings candles up to date with their events, children before parents; `stockpulse refresh`.

Up-to-date ranges cost next to nothing, so a run that was killed is simply started again.
"""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

import msgspec
import psycopg

from db import connect, edition, sql
from db.candles import change_log, slices
from db.candles.levels import Level
from db.candles.levels import levels as all_levels
from db.candles.progress import Progress
from db.connect import DatabaseRefused
from db.errors import UsageError

# Commits need not wait for the disk: a crash that loses candles also loses the record of their
# refresh.
SETTINGS = {"synchronous_commit": "off", "work_mem": "256MB"}


class Refreshed(msgspec.Struct):
    """Counts the slices refreshed and the seconds taken, both by relation.

    On the Apache-2 edition all levels are refreshed together: the only key is "all", and passes
    over the log of changes are counted.
    """

    slices: dict[str, int] = {}
    seconds: dict[str, float] = {}


def refresh(
    database_url: str,
    progress: Progress,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    levels: Collection[str] = (),
    force: bool = False,
    jobs: int = 1,
) -> Refreshed:
    """Refreshes the candles whose events have changed, as far back as there are events.

    `since` and `until` are aware and limit the range to since <= bucket < until. `levels` limits it
    to some of the names in ops.lifecycle (1m, 1h, quote_candles_1h; Community only); a timeframe
    stands for the candles of trades and of quotes, empty means all. `force` also
    rebuilds candles that have not changed. `jobs` slices are refreshed at the same time, each on a
    connection of its own (Community only).

    Candles whose events were dropped are never touched, nor buckets that are still open.

    Raises UsageError for an empty range, an unknown level, or a level given on the Apache-2
    edition; DatabaseRefused if retention is running; DatabaseAway if the database cannot be reached
    or goes away.
    """
    if since and until and since >= until:
        raise UsageError(f"since {since} is not before until {until}")
    with _session(database_url) as conn, ExitStack() as more:
        chosen = _chosen(conn, levels)
        if edition.kind_of(conn) == "apache":
            passes, seconds = change_log.refresh(conn, progress, since, until, force=force)
            return Refreshed({"all": passes}, {"all": seconds})
        _hold_retention(conn)
        # The scheduled refresh leaves the work to this one, once a run of it has ended.
        conn.execute(sql.load("db.candles", "hold_refreshes"))
        conns = [conn, *(more.enter_context(_session(database_url)) for _ in range(jobs - 1))]
        done = Refreshed()
        for level in chosen:
            done.slices[level.relation], done.seconds[level.relation] = slices.refresh(
                conns, progress, level, since, until, force=force
            )
        return done


@contextmanager
def _session(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with (
        connect.connect(
            database_url,
            application_name="stockpulse refresh",
            autocommit=True,
            role="stockpulse_owner",
            settings=SETTINGS,
            direct=True,
            primary=True,
        ) as conn,
        connect.translated(),
    ):
        yield conn


def _chosen(conn: psycopg.Connection[Any], names: Collection[str]) -> list[Level]:
    """Returns the levels named, in the order of their refresh."""
    found = all_levels(conn)
    known = list(dict.fromkeys(level.name for level in found))
    if unknown := set(names) - {*known, *(level.relation for level in found)}:
        raise UsageError(f"unknown level {min(unknown)}; known are {', '.join(known)}")
    chosen = [level for level in found if not names or {level.name, level.relation} & set(names)]
    if len(chosen) < len(found) and edition.kind_of(conn) == "apache":
        raise UsageError("the Apache-2 edition refreshes all levels together")
    return chosen


def _hold_retention(conn: psycopg.Connection[Any]) -> None:
    """Prevents retention from dropping events that a slice needs while `conn` is open."""
    if conn.execute(sql.load("db.candles", "hold_retention")).fetchone() != (True,):
        raise DatabaseRefused("retention is running; try again when it has finished")
