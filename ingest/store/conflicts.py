"""Repeats a transaction until the database takes its batch, without the messages it refuses."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from psycopg import errors as pg

from db import connect, sql
from db.connect import DatabaseRefused
from ingest.batch.batch import Batch
from ingest.batch.contents import Contents
from ingest.store import bisect, catalog, takeover
from ingest.store.add import add_contents
from ingest.store.connection import Conn
from ingest.store.errors import CONFLICTS, REFUSALS
from ingest.store.outcome import Outcome
from ingest.store.state import State
from ingest.store.transaction import FloorMoved, RulesMoved, lock_offsets

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
            except RulesMoved:
                _decode_again(conn, state, batch)
            except FloorMoved:
                batch.reject_before(state.floors)
            except pg.LockNotAvailable:
                takeover.end_frozen_sessions(conn, batch)
                raise
            except REFUSALS as error:
                # Outside of the attempts, which would make the temporary tables again and again.
                conn.execute(sql.load("ingest.store", "make_staging"))
                attempt = partial(_attempt, conn, state, batch)
                bisect.reject_refused(batch, error, state.floors, attempt)
    raise DatabaseRefused(f"a batch could not be stored in {MOST_TRIES} tries")


def _decode_again(conn: Conn, state: State, batch: Batch) -> None:
    """Decodes the batch by the rules and sources that the database has now."""
    state.catalog = batch.catalog = catalog.read(conn)
    batch.decode_each()
    batch.close(datetime.now(UTC), state.floors)


def _attempt(conn: Conn, state: State, batch: Batch, contents: Contents) -> None:
    """Stores contents and rolls them back."""
    with conn.transaction(force_rollback=True):
        lock_offsets(conn, batch)
        add_contents(conn, state, batch, contents, Outcome(), staging=True)
