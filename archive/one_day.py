"""One relation of one day: read in a transaction, written, committed, and read back.

The order matters for a run that is killed: a file without a snapshot is no part of the table, and a
snapshot without a row in ops.archives is found by the next run, which compares the day with it.
"""

import time
from contextlib import suppress
from datetime import date
from typing import Any

import msgspec
import psycopg
from pyiceberg.table import Table

from archive import adopt, chunks, export, ledger, read, sums, tables, unfit, write
from archive.catalog import Catalog
from archive.ledger import Entry, State
from archive.sums import Sums
from archive.tables import Relation
from db.errors import StockpulseError

POLL_SECONDS = 1.0


class IsPending(StockpulseError):
    """Candles of a day are behind their events."""


class NotEqual(StockpulseError):
    """The archive differs from the rows that it was made of."""


class Written(msgspec.Struct, frozen=True):
    """The outcome for a relation of a day."""

    relation: str
    day: date
    rows: int
    bytes: int
    is_new: bool  # a snapshot was made; else the archive has the day like this


def archive(
    conn: psycopg.Connection[Any],
    iceberg: Catalog,
    relation: Relation,
    day: date,
    *,
    force: bool,
    patience: float,
) -> Written:
    """Archives a day of a relation, or finds that the archive has it as it is.

    Raises DoesNotFit, RowsMissing (unless `force`) and IsPending before anything is written; and
    NotEqual.
    """
    deadline = time.monotonic() + patience
    adopt.find_table(conn, iceberg, relation.name)
    table = tables.open_table(iceberg, relation)
    known = read.newest(table, day)
    least = None if force else known
    while (made := _made(conn, table, relation, day, least)) is None:
        if time.monotonic() >= deadline:
            raise IsPending(
                f"{relation.name} of {day} are behind their events: stockpulse refresh,"
                " then archive again"
            )
        time.sleep(POLL_SECONDS)
    ours, path, state = made
    if known is None and path is None:
        return _empty(conn, relation, day, ours, state)
    if known is not None and _has(table, relation, known, ours):
        write.discard(table, path)
        size = sum(file.file_size_in_bytes for file in read.files(table, relation, day, None))
        _record(conn, relation, day, known.snapshot, ours, state, size)
        return Written(relation.name, day, ours.rows, size, False)
    snapshot, size = write.commit(table, relation, day, ours, state, path)
    _record(conn, relation, day, snapshot, ours, state, size, verified=False)
    _verify(table, relation, day, snapshot, ours)
    ledger.set_verified(conn, relation.name, day, snapshot)
    return Written(relation.name, day, ours.rows, size, True)


def _made(
    conn: psycopg.Connection[Any],
    table: Table,
    relation: Relation,
    day: date,
    least: read.Archived | None,
) -> tuple[Sums, str | None, State] | None:
    """Writes the file of a day; None if its candles are behind."""
    found = chunks.of(conn, relation, day)
    with conn.transaction():
        conn.execute("set transaction isolation level repeatable read")
        chunks.lock(conn, found)  # before the first statement that takes the snapshot
        if relation.is_candles and ledger.is_pending(conn, relation, day):
            return None
        state = ledger.state(conn)
        unfit.check(conn, relation, day)
        figures = sums.of_database(conn, relation, day)
        ledger.check_rows(conn, relation, least, int(figures[0]))
        with export.opened(conn, relation, read.arrow_schema(table), day) as batches:
            ours, path = write.write(table, relation, day, batches)
    if wrong := sums.differences(relation, ours.figures, figures):
        write.discard(table, path)
        raise NotEqual(
            f"{relation.name} of {day}: Arrow and the database differ in {', '.join(wrong)}"
        )
    return ours, path, state


def _empty(
    conn: psycopg.Connection[Any], relation: Relation, day: date, ours: Sums, state: State
) -> Written:
    """Records a day without rows, so that it is known that there is nothing to archive."""
    if not ledger.is_dropped(conn, relation, day):
        _record(conn, relation, day, 0, ours, state, 0)
    return Written(relation.name, day, 0, 0, False)


def _has(table: Table, relation: Relation, known: read.Archived, ours: Sums) -> bool:
    """Returns whether a snapshot has the same rows, and can be read."""
    if (known.rows, known.checksum) != (ours.rows, ours.checksum):
        return False
    with suppress(OSError, NotEqual):
        _verify(table, relation, known.day, known.snapshot, ours)
        return True
    return False


def _verify(table: Table, relation: Relation, day: date, snapshot: int, ours: Sums) -> None:
    """Raises NotEqual if a snapshot, read back, has other rows than were written."""
    found = sums.total(relation, read.batches(table, relation, day, snapshot))
    if (found.figures, found.in_full) != (ours.figures, ours.in_full):
        wrong = sums.differences(relation, found.figures, ours.figures) or ["the order of rows"]
        raise NotEqual(
            f"{relation.name} of {day}: snapshot {snapshot}, read back, differs in"
            f" {', '.join(wrong)} from what was written"
        )


def _record(
    conn: psycopg.Connection[Any],
    relation: Relation,
    day: date,
    snapshot: int,
    ours: Sums,
    state: State,
    size: int,
    *,
    verified: bool = True,
) -> None:
    """Records a snapshot; if it was there before, that its day still is like this."""
    entry = Entry(
        relation.name, day, snapshot, state.change, ours.rows, ours.checksum, size, state.at
    )
    with conn.transaction():
        ledger.add(conn, entry)
        if verified:
            ledger.set_verified(conn, relation.name, day, snapshot)
