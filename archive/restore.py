"""A day back from the archive into the database; `stockpulse restore`."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any

import msgspec
import psycopg

from archive import adopt, candles, days, part, read, session, tables
from archive.catalog import Catalog
from archive.part import Part
from archive.settings import ArchiveSettings
from db import connect, sql
from db.candles.progress import Progress
from db.errors import UsageError

RESTORED = ("amendments", "trades", "quotes")  # candles are made from these
UNIT = "parts"


class Restored(msgspec.Struct):
    """The rows and candles of a restored day."""

    rows: dict[str, int] = {}  # by relation, those that were missing
    amended: dict[str, int] = {}  # by relation, amendments that waited for them
    differing: list[str] = []  # candles that are not those of the archive


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
    day are up to date when this returns, and compared with those of the archive, unless amendments
    waited for its events and were applied. Retention leaves the day alone from then on.

    Raises UsageError if the archive does not have the day; OtherRows if the database has it in
    another state; NotEqual if the archive's files are not what was written; IsBusy, DatabaseAway,
    DatabaseRefused, WarehouseAway, SettingsError.
    """
    if unknown := set(relations) - set(RESTORED):
        raise UsageError(f"unknown relation {min(unknown)!r}; restored are {', '.join(RESTORED)}")
    with session.opened(settings) as (conn, iceberg):
        parts = _parts(conn, iceberg, day, as_of)
        chosen = [
            one
            for one in parts
            if one.relation.name in (relations or RESTORED) and not one.relation.is_candles
        ]
        if not chosen:
            raise UsageError(_missing(day, as_of))
        derived = [
            one
            for one in parts
            if one.relation.is_candles
            and one.relation.kind in {other.relation.name for other in chosen}
        ]
        with progress("restoring", len(chosen) + len(derived) + 2, UNIT) as advance:
            restored = _restore(conn, chosen, day, advance, is_newest=as_of is None)
            for one in derived:
                if not restored.amended.get(str(one.relation.kind)) and not part.is_equal(
                    conn, candles.stored(conn, one.relation), one, day
                ):
                    restored.differing.append(one.relation.name)
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
) -> list[Part]:
    """Returns what the archive has of a day, events first."""
    found = []
    for relation in sorted(tables.relations(conn), key=lambda one: one.is_candles):
        table = adopt.find_table(conn, iceberg, relation.name)
        if table is not None and (known := read.newest(table, day, as_of)):
            found.append(Part(relation, table, known))
    return found


def _restore(
    conn: psycopg.Connection[Any],
    parts: list[Part],
    day: date,
    advance: Callable[[int], None],
    *,
    is_newest: bool,
) -> Restored:
    """Restores the relations in one transaction, and makes the candles afterwards.

    Retention drops nothing meanwhile, and finds afterwards that the day is to be left alone.
    Amendments wait for the lock of the offsets, and then meet the events.
    """
    restored = Restored()
    kinds = {}
    with conn.transaction():
        conn.execute(sql.load("archive", "hold_retention"))
        conn.execute(sql.load("archive", "lock_out_amendments"))
        conn.execute(sql.load("archive", "open_columnstore"))
        for one in parts:
            name = one.relation.name
            restored.rows[name], symbols = part.restore(conn, one, day, is_newest=is_newest)
            if one.relation.is_events:
                kinds[name] = symbols
                values = {"relation": name, "day": day}
                conn.execute(sql.load("archive", "add_hold"), values)
            advance(1)
        for kind, symbols in kinds.items():
            if applied := _apply_waiting(conn, kind, symbols, day):
                restored.amended[kind] = applied
    advance(1)
    candles.make(conn, kinds, day)
    advance(1)
    return restored


def _apply_waiting(conn: psycopg.Connection[Any], kind: str, symbols: list[str], day: date) -> int:
    """Applies amendments that waited for events of a day; returns their number.

    One is taken for its own time, which may be later than that of an event that was dropped.
    """
    since, until = days.bounds(day)
    values = {"kind": kind, "symbols": symbols, "since": since, "until": until}
    row = conn.execute(sql.load("archive", "apply_waiting"), values).fetchone()
    assert row is not None
    return int(row[0])
