"""Locks on the chunks of a day, which a transaction takes before its snapshot.

Compression and decompression write the rows of a chunk anew, and truncate what they read: an older
snapshot finds neither the old rows nor the new ones, without an error. So does that of a COPY of a
query, which takes it before the query's locks.
"""

from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from archive import days
from archive.tables import Relation
from db import sql as statements


def of(conn: psycopg.Connection[Any], relation: Relation, day: date) -> list[str]:
    """Returns the chunks that hold rows of a day, as SQL."""
    since, until = days.bounds(day)
    values = {"relation": relation.name, "since": since, "until": until}
    return [name for (name,) in conn.execute(statements.load("archive", "chunks"), values)]


def lock(conn: psycopg.Connection[Any], names: list[str]) -> None:
    """Keeps chunks from being written anew until the transaction ends; takes no snapshot."""
    if names:
        conn.execute(
            sql.SQL("lock table only {} in access share mode").format(
                sql.SQL(", only ").join(sql.SQL(name) for name in names)  # as the server quotes it
            )
        )
