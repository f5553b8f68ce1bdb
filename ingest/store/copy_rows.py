"""COPY of a batch's events: into their hypertables, or by way of temporary tables."""

from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from db import sql
from ingest.batch.contents import Contents
from ingest.formats.copy_format import MESSAGE, TABLES, Table
from ingest.store.connection import Conn
from ingest.store.outcome import Outcome

_COPY = SQL("copy {} ({}) from stdin")


def add_new(conn: Conn, contents: Contents, outcome: Outcome) -> None:
    """Copies events; raises UniqueViolation if one is stored already."""
    with conn.cursor() as cursor:
        for kind, table in TABLES.items():
            if contents.of(kind):
                relation = Identifier("market", table.relation)
                _copy(cursor, relation, table.columns, contents.text(kind))
                outcome.add(kind, contents.count(kind), ())
    outcome.stored |= contents.event_indexes


def add_staged(conn: Conn, contents: Contents, outcome: Outcome, *, refill: bool) -> None:
    """Copies events by way of temporary tables, from which the database takes those it lacks.

    `refill`: some are history, and may be stored already at another precision.
    """
    with conn.cursor() as cursor:
        cursor.execute(sql.load("ingest.store", "make_staging"))
        for table in TABLES.values():
            if contents.of(table.kind):
                _add_staged(cursor, contents, table, outcome, refill=refill)


def _add_staged(
    cursor: psycopg.Cursor[Any],
    contents: Contents,
    table: Table,
    outcome: Outcome,
    *,
    refill: bool,
) -> None:
    staging = Identifier("pg_temp", f"staging_{table.relation}")
    _copy(cursor, staging, (*table.columns, MESSAGE), contents.staged_text(table.kind))
    query = sql.load("ingest.store", f"store_{table.relation}")
    row = cursor.execute(query, {"refill": refill}).fetchone()
    assert row is not None
    outcome.add(table.kind, *row)


def _copy(
    cursor: psycopg.Cursor[Any], relation: Identifier, columns: tuple[str, ...], text: bytes
) -> None:
    names = SQL(", ").join(map(Identifier, columns))
    with cursor.copy(_COPY.format(relation, names)) as copy:
        copy.write(text)
