"""Repeats a transaction until the database takes its batch, without the messages it refuses."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from psycopg import errors as pg

from db import connect
from db.connect import DatabaseRefused
from ingest.batch.batch import Batch
from ingest.batch.contents import Contents
from ingest.store import bisect, takeover
from ingest.store.connection import Conn
from ingest.store.errors import CONFLICTS, REFUSALS
from ingest.store.transaction import FloorMoved, State, add_contents

T = TypeVar("T")

MOST_TRIES = 20  # each fails for a reason of its own


def settle(conn: Conn, state: State, batch: Batch, transaction: Callable[[], T]) -> T:
    """Returns what `transaction` returns; rejects messages of the batch that cannot be stored.

    Raises DatabaseAway or DatabaseRefused.
    """
    with connect.translated():
        for _ in range(MOST_TRIES):
            try:
                return transaction()
            except pg.UniqueViolation:
                state.staging = True
            except CONFLICTS:
                continue
            except FloorMoved:
                batch.reject_before(state.retention_floor)
            except pg.LockNotAvailable:
                takeover.end_frozen_sessions(conn, batch)
                raise
            except REFUSALS as error:
                attempt = partial(_attempt, conn, state, batch)
                bisect.reject_refused(batch, error, state.retention_floor, attempt)
    raise DatabaseRefused(f"a batch could not be stored in {MOST_TRIES} tries")


def _attempt(conn: Conn, state: State, batch: Batch, contents: Contents) -> None:
    """Stores contents and rolls them back."""
    with conn.transaction(force_rollback=True):
        add_contents(conn, state, batch.messages, contents, staging=True)
