"""Finds the messages of a batch that the database refuses, so that only they are rejected.

Each is tried on top of those before it that the database takes, as it would be stored.
"""

from collections.abc import Callable

from ingest.batch.contents import Contents
from ingest.formats.events import Reject
from ingest.store.amend import pieces
from ingest.store.errors import REFUSALS, one_line

REASON = "refused by the database"

Add = Callable[[Contents], None]


def find_refused(contents: Contents, add: Add) -> dict[int, Reject]:
    """Returns the rejects of the messages that cannot be added, by their index.

    `add` adds contents to those added before, or leaves the database as it was and raises one of
    REFUSALS.
    """
    refused: dict[int, Reject] = {}
    for piece in pieces(contents):
        # Amendments follow the events, so that they are refused and not the events they change.
        for part in (piece.without(piece.amendments), piece.only(piece.amendments)):
            refused |= _refused(part, add)
    return refused


def _refused(contents: Contents, add: Add) -> dict[int, Reject]:
    """Returns the refused messages of contents, found by halving, and adds the others."""
    indexes = sorted(contents.indexes)
    if not indexes:
        return {}
    try:
        add(contents)
    except REFUSALS as error:
        if len(indexes) == 1:
            return {indexes[0]: Reject(REASON, one_line(error))}
    else:
        return {}
    middle = len(indexes) // 2
    halves = set(indexes[:middle]), set(indexes[middle:])
    first, second = (_refused(contents.only(half), add) for half in halves)
    return first | second
