"""The candles of a restored day, made of its events whatever retention dropped before."""

import time
from datetime import date
from typing import Any

import psycopg
from msgspec.structs import replace
from psycopg import errors as pg

from archive import days
from archive.tables import Relation
from db import edition, sql
from db.candles import levels

MOST_TRIES = 30
RETRY_SECONDS = 1.0


def make(conn: psycopg.Connection[Any], kinds: dict[str, list[str]], day: date) -> None:
    """Makes all candles of a day again; `kinds` are trades and quotes with the symbols they have.

    All events of the day are there, so that every bucket of it is made from all of its own.
    """
    if edition.kind_of(conn) == "apache":
        _make_tables(conn, kinds, day)
        return
    conn.execute(sql.load("db.candles", "hold_refreshes"))
    try:
        for level in levels.levels(conn):
            if level.kind in kinds:
                _refresh(conn, level.relation, day)
    finally:
        conn.execute(sql.load("archive", "leave_candles"))


def stored(conn: psycopg.Connection[Any], relation: Relation) -> Relation:
    """Returns a relation as that of its stored candles: without those computed when it is read."""
    row = conn.execute(sql.load("archive", "store"), {"relation": relation.name}).fetchone()
    assert row is not None
    return replace(relation, store=row[0])


def _make_tables(conn: psycopg.Connection[Any], kinds: dict[str, list[str]], day: date) -> None:
    since, until = days.bounds(day)
    with conn.transaction():
        conn.execute(sql.load("archive", "hold_candles"))
        for level in levels.levels(conn):
            if symbols := kinds.get(level.kind):
                values = {"symbols": symbols, "since": since, "until": until}
                spans = conn.execute(sql.load("archive", "spans"), values).fetchone()
                assert spans is not None
                conn.execute(
                    sql.load("archive", "make_candles"),
                    {"relation": level.relation, "spans": spans[0]},
                )


def _refresh(conn: psycopg.Connection[Any], relation: str, day: date) -> None:
    since, until = days.bounds(day)
    values = {"relation": relation, "since": since, "until": until, "force": True}
    for tries_left in reversed(range(MOST_TRIES)):
        try:
            conn.execute(sql.load("db.candles", "refresh_slice"), values)
        except pg.LockNotAvailable:
            if not tries_left:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return
