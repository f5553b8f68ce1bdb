"""A day back from the archive into the database; `stockpulse restore`."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any

import msgspec
import psycopg
from pyiceberg.table import Table

from archive import adopt, candles, export, ledger, read, session, staging, sums, tables
from archive.catalog import Catalog
from archive.one_day import NotEqual
from archive.read import Archived
from archive.settings import ArchiveSettings
from archive.sums import Sums
from archive.tables import Relation
from db import connect, sql
from db.candles.progress import Progress
from db.errors import StockpulseError, UsageError

RESTORED = ("amendments", "trades", "quotes")  # candles are made from these
UNIT = "parts"


class OtherRows(StockpulseError):
    """The database has a day in another state than the snapshot."""


class Restored(msgspec.Struct):
    """The rows and candles of a restored day."""

    rows: dict[str, int] = {}  # by relation, those that were missing
    differing: list[str] = []  # candles that are not those of the archive


class _Part(msgspec.Struct, frozen=True):
    """A relation of a day, as a snapshot has it."""

    relation: Relation
    table: Table
    known: Archived


def restore(
    settings: ArchiveSettings,
    progress: Progress,
    day: date,
    *,
    as_of: datetime | int | None = None,
    relations: Collection[str] = (),
) -> Restored:
    """Brings a day back: what the database lacks of its trades, quotes and amendments.

    `as_of` is a moment or the id of a snapshot, whose relation alone is restored then; without it
    the newest snapshots are taken. `relations` limits it to some of RESTORED. The candles of the
    day are up to date when this returns, and compared with those of the archive. Retention leaves
    the day alone from then on.

    Raises UsageError if the archive does not have the day; OtherRows if the database has it in
    another state; NotEqual if the archive's files are not what was written; IsBusy, DatabaseAway,
    DatabaseRefused, WarehouseAway, SettingsError.
    """
    if unknown := set(relations) - set(RESTORED):
        raise UsageError(f"unknown relation {min(unknown)!r}; restored are {', '.join(RESTORED)}")
    with session.opened(settings) as (conn, iceberg):
        parts = _parts(conn, iceberg, day, as_of)
        chosen = [
            part
            for part in parts
            if part.relation.name in (relations or RESTORED) and not part.relation.is_candles
        ]
        if not chosen:
            raise UsageError(_missing(day, as_of))
        derived = [
            part
            for part in parts
            if part.relation.is_candles
            and part.relation.kind in {other.relation.name for other in chosen}
        ]
        with progress("restoring", len(chosen) + len(derived) + 1, UNIT) as advance:
            restored = _restore(conn, chosen, day, advance)
            for part in derived:
                if not _is_equal(conn, candles.stored(conn, part.relation), part, day):
                    restored.differing.append(part.relation.name)
                advance(1)
    return restored


def release(database_url: str, day: date) -> bool:
    """Lets retention drop a restored day again; returns whether it was held."""
    with (
        connect.connect(
            database_url, application_name="stockpulse restore", role=session.OWNER, primary=True
        ) as conn,
        connect.translated(),
    ):
        return conn.execute(sql.load("archive", "release"), {"day": day}).rowcount > 0


def _missing(day: date, as_of: datetime | int | None) -> str:
    if as_of is None:
        return f"the archive does not have {day}: stockpulse archive --list"
    return f"the archive does not have {day} as of {as_of}: stockpulse archive {day} --list"


def _parts(
    conn: psycopg.Connection[Any], iceberg: Catalog, day: date, as_of: datetime | int | None
) -> list[_Part]:
    """Returns what the archive has of a day, events first."""
    found = []
    for relation in sorted(tables.relations(conn), key=lambda one: one.is_candles):
        table = adopt.find_table(conn, iceberg, relation.name)
        if table is not None and (known := read.newest(table, day, as_of)):
            found.append(_Part(relation, table, known))
    return found


def _restore(
    conn: psycopg.Connection[Any], parts: list[_Part], day: date, advance: Callable[[int], None]
) -> Restored:
    """Restores the relations in one transaction, and makes the candles afterwards.

    The lock makes retention wait, which then finds that the day is to be left alone.
    """
    restored = Restored()
    kinds = {}
    with conn.transaction():
        conn.execute(sql.load("archive", "lock_out_retention"))
        conn.execute(sql.load("archive", "open_columnstore"))
        for part in parts:
            restored.rows[part.relation.name], symbols = _restore_part(conn, part, day)
            if part.relation.is_events:
                kinds[part.relation.name] = symbols
                values = {"relation": part.relation.name, "day": day}
                conn.execute(sql.load("archive", "add_hold"), values)
            advance(1)
    candles.make(conn, kinds, day)
    advance(1)
    return restored


def _restore_part(conn: psycopg.Connection[Any], part: _Part, day: date) -> tuple[int, list[str]]:
    """Restores a relation; returns the number of rows that were missing and the day's symbols."""
    batches = read.batches(part.table, part.relation, day, part.known.snapshot)
    staged = staging.stage(conn, part.relation, batches)
    if (staged.rows, staged.checksum) != (part.known.rows, part.known.checksum):
        raise NotEqual(
            f"{part.relation.name} of {day}: snapshot {part.known.snapshot} is not what was"
            " written: its files were changed"
        )
    ledger.set_verified(conn, part.relation.name, day, part.known.snapshot)
    symbols, sources = staging.symbols(conn, part.relation)
    before = int(sums.of_database(conn, part.relation, day)[0])
    if before == staged.rows and _is_equal(conn, part.relation, part, day):
        return 0, symbols  # a columnstore would be opened for nothing
    conn.execute(sql.load("archive", "add_instruments"), {"symbols": symbols})
    conn.execute(sql.load("archive", "add_sources"), {"sources": sources})
    inserted = staging.insert(conn, part.relation, day)
    _check(conn, part, staged, day, inserted)
    if part.relation.is_events:
        newest = staging.newest_batch(conn, part.relation)
        conn.execute(sql.load("archive", "pass_batches"), {"batch": newest})
    return inserted, symbols


def _check(
    conn: psycopg.Connection[Any], part: _Part, staged: Sums, day: date, inserted: int
) -> None:
    """Raises OtherRows if a day is not as the snapshot has it; there may be more amendments."""
    if part.relation.kind is None:
        return
    figures = sums.of_database(conn, part.relation, day)
    if figures == staged.figures and (
        inserted == staged.rows or _is_equal(conn, part.relation, part, day)
    ):
        return
    raise OtherRows(
        f"{part.relation.name} of {day}: the database has rows that differ from those of"
        f" snapshot {part.known.snapshot}; nothing was restored"
    )


def _is_equal(conn: psycopg.Connection[Any], relation: Relation, part: _Part, day: date) -> bool:
    """Returns whether the database has a day as the snapshot has it."""
    schema = read.arrow_schema(part.table)
    with conn.transaction(), export.opened(conn, relation, schema, day) as batches:
        return sums.total(relation, batches).checksum == part.known.checksum
