"""Finds the messages of a batch that the database refuses, so that only they are rejected."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import psycopg

from ingest.batch.batch import Batch
from ingest.batch.contents import Contents
from ingest.formats.amendments import Amendment, BatchEnd
from ingest.formats.events import Kind, Reject
from ingest.store.amend import rejected_ends
from ingest.store.errors import CONFLICTS, REFUSALS, one_line

logger = logging.getLogger(__name__)

REASON = "refused by the database"

Attempt = Callable[[Contents], None]


def reject_refused(
    batch: Batch, error: psycopg.Error, floors: Mapping[Kind, str], attempt: Attempt
) -> None:
    """Moves the messages that the database refuses from the batch's contents to its rejects.

    `error` is the database's answer to the batch; `attempt` stores contents and rolls them back.
    """
    batch.decode_each()
    batch.close(datetime.now(UTC), floors)
    refused = _refused(batch.contents, attempt)
    if not refused:
        refused = rejected_ends(batch.contents, Reject(REASON, one_line(error)))
    logger.info("messages refused", extra={"reason": one_line(error), "messages": len(refused)})
    batch.reject(refused)


def _refused(contents: Contents, attempt: Attempt) -> dict[int, Reject]:
    """Returns the refused messages of contents, found by halving."""
    error = _answer(contents, attempt)
    if error is None:
        return {}
    indexes = sorted(contents.indexes)
    if len(indexes) == 1:
        return {indexes[0]: Reject(REASON, one_line(error))}
    middle = len(indexes) // 2
    halves = set(indexes[:middle]), set(indexes[middle:])
    first, second = (_refused(contents.only(half), attempt) for half in halves)
    return first | second


def _answer(contents: Contents, attempt: Attempt) -> psycopg.Error | None:
    """Returns the database's refusal of contents, None if it takes them."""
    # the ends of batches mean nothing without their batches
    amendments = contents.amendments.items()
    tried = contents.without({index for index, some in amendments if any(map(_is_end, some))})
    while tried.parts or tried.amendments:
        try:
            attempt(tried)
        except CONFLICTS:
            continue
        except REFUSALS as error:
            return error
        return None
    return None


def _is_end(amendment: Amendment) -> bool:
    return isinstance(amendment, BatchEnd)
