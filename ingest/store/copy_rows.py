"""COPY of a batch's rows into the database."""

import psycopg
from psycopg.sql import SQL, Identifier

from ingest.batch.contents import Contents
from ingest.formats.copy_format import COLUMNS

TICKS = Identifier("market", "ticks")
STAGING = Identifier("staging")

_COPY = SQL("copy {} ({}) from stdin")


def copy_rows(cursor: psycopg.Cursor, relation: Identifier, contents: Contents) -> None:
    """Copies the ticks of `contents` to a relation that has the columns of market.ticks."""
    columns = SQL(", ").join(map(Identifier, COLUMNS))
    with cursor.copy(_COPY.format(relation, columns)) as copy:
        copy.write(contents.text)
