"""The table that holds the revision of the schema: one of StockPulse's own.

Other applications in the same database have Alembic's usual one, alembic_version, in which the
revision stood at first.
"""

from typing import Any

import psycopg

from db import sql
from db.connect import DatabaseRefused

ADVISORY_LOCK = 0x53_50_4D_49  # "SPMI"; any number that no other application uses
SCHEMA = "public"
TABLE = "stockpulse_version"


def adopt(conn: psycopg.Connection[Any]) -> None:
    """Moves the revision of this schema from alembic_version to its own table, if it is there.

    Raises DatabaseRefused if a migration is running that does it.
    """
    if conn.execute(sql.load("db.doctor", "version_table")).fetchone():
        _take_lock(conn)
        conn.execute(sql.load("db", "adopt_revision"))


def _take_lock(conn: psycopg.Connection[Any]) -> None:
    """Takes the lock of migrations until the end of the transaction."""
    locked = conn.execute("select pg_try_advisory_xact_lock(%s::bigint)", [ADVISORY_LOCK])
    if locked.fetchone() != (True,):
        raise DatabaseRefused("another migration is running on this database")
