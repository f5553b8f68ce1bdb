"""Finds the messages of a batch that the database will never take: they are rejected alone."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import psycopg
from psycopg import errors as pg

from ingest.batch.batch import Batch
from ingest.batch.columns import Rows, drop, rows_of
from ingest.formats.amendments import End
from ingest.formats.tick import Reject
from ingest.store import amend

logger = logging.getLogger(__name__)

REASON = "refused by the database"

# What the database says of rows that it will never take: wrong data, a constraint, a trigger's
# refusal, a row too large for its index.
REFUSALS = (pg.DataError, pg.IntegrityError, pg.RaiseException, pg.ProgramLimitExceeded)

# What it says of two transactions that met: nothing about their rows.
MEETINGS = (pg.SerializationFailure, pg.DeadlockDetected)

Attempt = Callable[[Rows], None]


def sift(batch: Batch, error: psycopg.Error, floor: str, attempt: Attempt) -> None:
    """Moves the messages that the database refuses from the rows to the rejects.

    `error` is what it said of the batch; `attempt` stores rows and takes them back.
    """
    known = batch.rows.rejects
    batch.rows = rows_of(list(batch.messages), datetime.now(UTC), floor, plainly=False)
    batch.rows.rejects |= known
    drop(batch.rows, known.keys())
    refused = _refused(batch.rows, sorted({*batch.rows.owners, *batch.rows.controls}), attempt)
    if not refused:
        refused = amend.refused_ends(batch.rows, Reject(REASON, _line(error)))
    logger.info("batch refused", extra={"reason": _line(error), "messages": len(refused)})
    batch.rows.rejects |= refused
    drop(batch.rows, refused.keys())


def _refused(rows: Rows, places: list[int], attempt: Attempt) -> dict[int, Reject]:
    """Finds the messages at fault among `places` by halving."""
    error = _trial(rows, set(places), attempt)
    if error is None:
        return {}
    if len(places) == 1:
        return {places[0]: Reject(REASON, _line(error))}
    middle = len(places) // 2
    first, second = places[:middle], places[middle:]
    return _refused(rows, first, attempt) | _refused(rows, second, attempt)


def _trial(rows: Rows, places: set[int], attempt: Attempt) -> psycopg.Error | None:
    """Returns what the database says to storing the messages at `places`."""
    part = msgspec.structs.replace(rows)
    # the ends of batches mean nothing without their batches
    ends = {place for place, control in part.controls.items() if isinstance(control, End)}
    drop(part, {*part.owners, *part.controls} - places | ends)
    while part.parts or part.controls:
        try:
            attempt(part)
        except MEETINGS:
            continue
        except REFUSALS as error:
            return error
        return None
    return None


def _line(error: psycopg.Error) -> str:
    return " ".join((error.diag.message_primary or str(error)).split())
