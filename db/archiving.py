"""State of the archive, as the database knows it."""

from datetime import date
from typing import Any

import msgspec
import psycopg

from db import sql
from db.operation import Time


class Waiting(msgspec.Struct, frozen=True):
    """Days of trades or quotes that are over and that the archive does not have."""

    relation: str
    days: int
    oldest: date


class Archiving(msgspec.Struct, frozen=True):
    """Whether retention waits for the archive, when its files were reached, what it lacks.

    failure: why the last run that a loader started failed, null if it did not.
    """

    is_on: bool
    seen_at: Time | None
    failed_at: Time | None
    failure: str | None
    waiting: list[Waiting]


def read(conn: psycopg.Connection[Any]) -> Archiving | None:
    """Returns the state of the archive, None if there never was one; for who may read ops."""
    row = conn.execute(sql.load("db", "archiving")).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=Archiving)
