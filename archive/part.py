"""One relation of a day back into the database, in the transaction of the whole day."""

from datetime import date
from typing import Any

import msgspec
import psycopg
from psycopg import errors as pg
from psycopg import sql
from pyiceberg.table import Table

from archive import chunks, days, export, ledger, read, staging, sums
from archive.one_day import NotEqual
from archive.read import Archived
from archive.staging import Arrived
from archive.tables import Relation
from db import sql as statements
from db.errors import StockpulseError


class OtherRows(StockpulseError):
    """The database has a day in another state than the snapshot."""


class Part(msgspec.Struct, frozen=True):
    """A relation of a day, as a snapshot has it."""

    relation: Relation
    table: Table
    known: Archived


def restore(
    conn: psycopg.Connection[Any], part: Part, day: date, *, is_newest: bool
) -> tuple[int, list[str]]:
    """Brings back what is missing; returns the number of its rows, and the day's symbols.

    Raises NotEqual if the archive's files are not what was written, OtherRows if the database has
    other rows of the day, or has cancelled some of those of the newest snapshot.
    """
    stored = _count(conn, part.relation, day)
    if stored == part.known.rows and is_equal(conn, part.relation, part, day):
        arrived = Arrived(part.relation)
        for batch in _batches(part, day):
            arrived.add(batch)
        _verify(conn, part, arrived, day)
        return 0, sorted(arrived.symbols)  # a columnstore would be opened for nothing
    arrived, inserted = _store(conn, part, day, is_empty=stored == 0)
    conn.execute(
        statements.load("archive", "add_instruments"), {"symbols": sorted(arrived.symbols)}
    )
    conn.execute(statements.load("archive", "add_sources"), {"sources": sorted(arrived.sources)})
    if (
        part.relation.is_events
        and sums.of_database(conn, part.relation, day) != arrived.sums.figures
    ):
        raise _other_rows(part, day)
    if is_newest:
        _check_dead(conn, part, day)
    if part.relation.is_events:
        conn.execute(statements.load("archive", "pass_batches"), {"batch": arrived.newest_batch})
    return inserted, sorted(arrived.symbols)


def is_equal(conn: psycopg.Connection[Any], relation: Relation, part: Part, day: date) -> bool:
    """Returns whether the database has a day as the snapshot has it."""
    with conn.transaction():
        chunks.lock(conn, chunks.of(conn, part.relation, day))
        with export.opened(conn, relation, read.arrow_schema(part.table), day) as batches:
            return sums.total(relation, batches).checksum == part.known.checksum


def _store(
    conn: psycopg.Connection[Any], part: Part, day: date, *, is_empty: bool
) -> tuple[Arrived, int]:
    """Stores the rows that are missing; returns all that arrived, and how many were missing.

    Those of an empty day go straight to their relation, which takes less time. The rows that are
    there already are compared first; there may be more amendments.
    """
    if is_empty and part.relation.is_events:
        try:
            with conn.transaction():
                arrived = staging.copy(conn, part.relation, _batches(part, day))
        except pg.UniqueViolation:  # a loader was storing some of them
            pass
        else:
            _verify(conn, part, arrived, day)
            return arrived, arrived.sums.rows
    arrived = staging.stage(conn, part.relation, _batches(part, day))
    _verify(conn, part, arrived, day)
    if part.relation.is_events and staging.has_others(conn, part.relation, day):
        raise _other_rows(part, day)
    return arrived, staging.insert(conn, part.relation, day)


def _batches(part: Part, day: date) -> Any:
    return read.batches(part.table, part.relation, day, part.known.snapshot)


def _count(conn: psycopg.Connection[Any], relation: Relation, day: date) -> int:
    query = sql.SQL("select count(*) from {} where {}").format(
        sql.SQL(relation.store), export.within(relation, day)
    )
    row = conn.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _verify(conn: psycopg.Connection[Any], part: Part, arrived: Arrived, day: date) -> None:
    """Raises NotEqual if the files do not have the rows that were written to them."""
    if (arrived.sums.rows, arrived.sums.checksum) != (part.known.rows, part.known.checksum):
        raise NotEqual(
            f"{part.relation.name} of {day}: snapshot {part.known.snapshot} is not what was"
            " written: its files were changed"
        )
    ledger.set_verified(conn, part.relation.name, day, part.known.snapshot)


def _other_rows(part: Part, day: date) -> OtherRows:
    return OtherRows(
        f"{part.relation.name} of {day}: the database has rows that differ from those of"
        f" snapshot {part.known.snapshot}; nothing was restored"
    )


def _check_dead(conn: psycopg.Connection[Any], part: Part, day: date) -> None:
    """Raises OtherRows if events came back that were cancelled, or have another id since."""
    since, until = days.bounds(day)
    values = {"kind": part.relation.name, "since": since, "until": until}
    row = conn.execute(statements.load("archive", "dead_events"), values).fetchone()
    assert row is not None
    if row[0]:
        raise OtherRows(
            f"{part.relation.name} of {day}: {row[0]:,} of snapshot {part.known.snapshot} were"
            " cancelled or got another id since; nothing was restored"
            f" (--as-of {part.known.snapshot} brings the day back as it was then)"
        )
