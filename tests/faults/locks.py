"""Locks for which a loader has to wait."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from tests import support

WAITING = """
select from pg_stat_activity
where application_name = 'stockpulse load' and wait_event_type = 'Lock'
    and datname = current_database()
"""


@contextmanager
def locked(url: str, relation: str) -> Iterator[None]:
    """Holds an ACCESS EXCLUSIVE lock on a relation, as a migration that rewrites it does."""
    schema, name = relation.split(".")
    with psycopg.connect(url) as conn:
        conn.execute(
            sql.SQL("lock table {} in access exclusive mode").format(sql.Identifier(schema, name))
        )
        yield


def wait_until_loader_waits(url: str) -> None:
    """Returns once a loader waits for a lock."""
    with psycopg.connect(url, autocommit=True) as conn:
        support.wait_until(lambda: conn.execute(WAITING).rowcount > 0, "a loader waits for a lock")
