"""The database's record of the archive, ops.archives, and what it says of a day."""

from datetime import date, datetime
from typing import Any

import msgspec
import psycopg
from psycopg.rows import class_row

from archive import days
from archive.read import Archived
from archive.tables import Relation
from db import sql
from db.errors import StockpulseError


class IsBusy(StockpulseError):
    """Another process archives or restores."""


class RowsMissing(StockpulseError):
    """The database has fewer rows of a day than the archive."""


class State(msgspec.Struct, frozen=True):
    """The database as a transaction sees it."""

    change: int  # the newest number of ops.changes
    mark: int  # and its mark
    at: datetime


class Entry(msgspec.Struct, frozen=True):
    """A snapshot of a day, as ops.archives has it."""

    relation: str
    day: date
    snapshot: int  # 0: the day has no rows and never had
    change: int
    rows: int
    checksum: str
    bytes: int
    at: datetime


class Due(msgspec.Struct, frozen=True):
    """A day whose last state is not in the archive, and of which relations."""

    day: date
    relations: list[str]


class Verified(msgspec.Struct, frozen=True):
    """A snapshot of a day that was read back."""

    relation: str
    day: date
    snapshot: int


def lock(conn: psycopg.Connection[Any]) -> None:
    """Makes this session the only one that archives or restores; raises IsBusy."""
    if conn.execute(sql.load("archive", "lock")).fetchone() != (True,):
        raise IsBusy("another process archives or restores: try again when it has finished")


def due(conn: psycopg.Connection[Any], since: date | None, until: date) -> list[Due]:
    """Returns what is not archived of the days since <= day < until, the oldest first."""
    values = {
        "since": "-infinity" if since is None else days.bounds(since)[0],
        "until": days.bounds(until)[0],
    }
    with conn.cursor(row_factory=class_row(Due)) as cursor:
        return cursor.execute(sql.load("archive", "due"), values).fetchall()


def state(conn: psycopg.Connection[Any]) -> State:
    """Returns what a transaction sees."""
    with conn.cursor(row_factory=class_row(State)) as cursor:
        found = cursor.execute(sql.load("archive", "state")).fetchone()
    assert found is not None
    return found


def is_pending(conn: psycopg.Connection[Any], relation: Relation, day: date) -> bool:
    """Returns whether candles of a day are behind their events."""
    since, until = days.bounds(day)
    values = {"relation": relation.name, "since": since, "until": until}
    return conn.execute(sql.load("archive", "is_pending"), values).fetchone() == (True,)


def is_dropped(conn: psycopg.Connection[Any], relation: Relation, day: date) -> bool:
    """Returns whether retention has dropped rows of a day, or of a later one."""
    values = {"relation": relation.name, "since": days.bounds(day)[0]}
    return conn.execute(sql.load("archive", "is_dropped"), values).fetchone() == (True,)


def check_rows(
    conn: psycopg.Connection[Any], relation: Relation, known: Archived | None, rows: int
) -> None:
    """Raises RowsMissing if a day has lost rows since it was archived, without a cancel for each.

    Candles may be fewer also after a change of the rules by which trades move them.
    """
    if known is None or rows >= known.rows:
        return
    since, until = days.bounds(known.day)
    values = {"kind": relation.kind, "change": known.change, "mark": known.mark}
    explained = conn.execute(
        sql.load("archive", "explained"), {**values, "since": since, "until": until}
    ).fetchone()
    assert explained is not None
    cancelled, remade = explained
    if known.rows - rows <= cancelled or (relation.is_candles and remade and rows):
        return
    raise RowsMissing(
        f"{relation.name} of {known.day}: the database has {rows:,} rows, the archive"
        f" {known.rows:,}, and {cancelled:,} were cancelled since; to archive what is left:"
        f" stockpulse archive {known.day} --force"
    )


def add(conn: psycopg.Connection[Any], entry: Entry) -> None:
    """Records a snapshot, or that its day still is as it was."""
    conn.execute(sql.load("archive", "add_archive"), msgspec.structs.asdict(entry))


def set_verified(conn: psycopg.Connection[Any], relation: str, day: date, snapshot: int) -> None:
    """Records that a snapshot was read back and found equal."""
    values = {"relation": relation, "day": day, "snapshot": snapshot}
    conn.execute(sql.load("archive", "set_verified"), values)


def expiring(conn: psycopg.Connection[Any], ahead: int) -> list[Verified]:
    """Returns the days that are here, archived, and dropped within some days."""
    with conn.cursor(row_factory=class_row(Verified)) as cursor:
        return cursor.execute(sql.load("archive", "expiring"), {"ahead": ahead}).fetchall()


def unset_verified(conn: psycopg.Connection[Any], one: Verified) -> None:
    """Records that a snapshot cannot be read any longer."""
    conn.execute(sql.load("archive", "unset_verified"), msgspec.structs.asdict(one))
