"""The edition of TimescaleDB that the server runs, read from the server and never configured."""

from typing import Any, Literal

import msgspec
import psycopg

from db import sql
from db.connect import DatabaseRefused

Kind = Literal["community", "apache"]


class Edition(msgspec.Struct, frozen=True):
    """The server's edition and versions: ("community", "2.29.2", "18.4")."""

    kind: Kind
    timescaledb: str
    postgres: str

    def __str__(self) -> str:
        return f"TimescaleDB {self.timescaledb} {self.kind}, PostgreSQL {self.postgres}"


def read(conn: psycopg.Connection[Any]) -> Edition:
    """Returns the edition and versions of the database that `conn` is connected to.

    Raises DatabaseRefused if the extension has not been created in it.
    """
    with conn.cursor() as cursor:
        row = cursor.execute(sql.load("db", "edition")).fetchone()
    if row is None:
        raise DatabaseRefused(
            "the database has no TimescaleDB; has `stockpulse migrate` been run on it?"
        )
    return Edition(kind=kind_of(conn), timescaledb=row[0], postgres=row[1])


def kind_of(conn: psycopg.Connection[Any]) -> Kind:
    """Returns the edition alone, even before the extension is created in the database."""
    with conn.cursor() as cursor:
        row = cursor.execute(sql.load("db", "license")).fetchone()
    assert row is not None
    return "apache" if row[0] == "apache" else "community"
