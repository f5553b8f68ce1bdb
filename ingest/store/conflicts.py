"""Repeats a transaction until the database takes its batch, without the messages it refuses."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import psycopg
from psycopg import errors as pg

from db import connect, sql
from db.connect import DatabaseRefused
from ingest.batch.batch import Batch
from ingest.batch.contents import Contents
from ingest.formats.events import Reject
from ingest.store import bisect, catalog, takeover
from ingest.store.add import add_contents
from ingest.store.connection import Conn
from ingest.store.errors import CONFLICTS, REFUSALS, one_line
from ingest.store.outcome import Outcome
from ingest.store.state import State
from ingest.store.transaction import RulesMoved, TooOld, lock_offsets

logger = logging.getLogger(__name__)

T = TypeVar("T")

MOST_TRIES = 20  # each fails for a reason of its own
IDS = "load_batches_pkey"
NUMBERED = "ops.changed_ranges_numbered, ops.changed_events_numbered"


def settle(conn: Conn, state: State, batch: Batch, transaction: Callable[[], T]) -> T:
    """Returns what `transaction` returns; rejects messages of the batch that cannot be stored.

    Raises DatabaseAway or DatabaseRefused.
    """
    last: psycopg.Error | None = None
    with connect.translated():
        for _ in range(MOST_TRIES):
            try:
                return transaction()
            except CONFLICTS as error:
                last = error
            except RulesMoved:
                _decode_again(conn, state, batch)
            except TooOld as error:
                batch.reject_old(error.limits)
            except pg.LockNotAvailable:
                takeover.end_frozen_sessions(conn, batch)
                raise
            except REFUSALS as error:
                last = error
                if error.diag.constraint_name == IDS:
                    _renumber(conn, batch)
                elif isinstance(error, pg.UniqueViolation) and not state.staging:
                    state.staging = True
                else:
                    _reject_refused(conn, state, batch, error)
    reason = f": {one_line(last)}" if last else ""
    raise DatabaseRefused(f"a batch could not be stored in {MOST_TRIES} tries{reason}")


def _decode_again(conn: Conn, state: State, batch: Batch) -> None:
    """Decodes the batch by the rules and sources that the database has now."""
    state.catalog = batch.catalog = catalog.read(conn)
    batch.decode_each()
    batch.close(datetime.now(UTC))


def _renumber(conn: Conn, batch: Batch) -> None:
    """Gives the batch another id, which its rows carry.

    A crash or a failover can set the sequence back to before ids that loaders have reserved.
    """
    [(batch.id,)] = conn.execute(sql.load("ingest.store", "reserve_batch_ids"), {"count": 1})
    batch.decode_each()
    batch.close(datetime.now(UTC))


def _reject_refused(conn: Conn, state: State, batch: Batch, error: psycopg.Error) -> None:
    """Moves the messages that the database refuses from the batch's contents to its rejects.

    `error` is the database's answer to the batch. If it refuses none, they are stored next time as
    they were tried here: staged, and the late ones with the others.
    """
    before = len(batch.rejects)
    batch.decode_each()
    batch.close(datetime.now(UTC))
    batch.reject(_find_refused(conn, state, batch))
    messages = len(batch.rejects) - before
    logger.info("messages refused", extra={"reason": one_line(error), "messages": messages})
    if not messages:
        state.staging = batch.holds_late = True


def _find_refused(conn: Conn, state: State, batch: Batch) -> dict[int, Reject]:
    """Stores contents of the batch as far as the database takes them, and rolls them back."""
    # Outside of the transaction, whose savepoints would make the temporary tables again and again.
    conn.execute(sql.load("ingest.store", "make_staging"))
    while True:
        try:
            with conn.transaction(force_rollback=True):
                # It has no commit, and takes no number.
                conn.execute("set constraints all immediate")
                conn.execute(f"set constraints {NUMBERED} deferred")
                lock_offsets(conn, batch)
                return bisect.find_refused(batch.contents, partial(_add, conn, state, batch))
        except CONFLICTS:
            continue


def _add(conn: Conn, state: State, batch: Batch, contents: Contents) -> None:
    with conn.transaction():
        add_contents(conn, state, batch, contents, Outcome(), staging=True)
