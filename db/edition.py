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


def check(conn: psycopg.Connection[Any]) -> None:
    """Raises DatabaseRefused if the schema was made on the other edition than the server runs.

    That happens if timescaledb.license is changed, or a dump is restored on the other edition.
    """
    row = conn.execute(sql.load("db", "made_on")).fetchone()
    made_on, found = row[0] if row else None, kind_of(conn)
    if made_on not in (None, found):
        names = {"apache": "Apache-2", "community": "Community"}
        raise DatabaseRefused(
            f"the schema was made on the {names[made_on]} edition of TimescaleDB, but the server "
            f"runs the {names[found]} edition: set timescaledb.license back and restart the "
            "server, or move the database as docs/runbooks/move-to-community.md says"
        )
