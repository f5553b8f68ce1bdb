"""The outcome of storing contents: rows by kind, and the indexes of the messages by outcome."""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from ingest.batch.batch import Batch
from ingest.formats.amendments import BatchEnd
from ingest.formats.events import Kind, Reject

END_OF_BATCH = "end of batch"
FEED_MARKER = "feed marker"


class Outcome(msgspec.Struct):
    """Rows stored, and messages; those that are in none of the sets have changed nothing."""

    rows: Counter[Kind] = msgspec.field(default_factory=Counter)
    bars: int = 0  # new rows of bars
    stored: set[int] = set()  # with at least one new event or bar
    amended: set[int] = set()  # with an amendment that was applied, or waits; with a changed bar
    checked: set[int] = set()  # ends of batches all of whose events are stored
    rejects: dict[int, Reject] = {}  # ends of batches of which events are missing
    marked: set[int] = set()  # with markers of feeds
    complete: list[BatchEnd] = []  # those of which none are missing

    def add(self, kind: Kind, rows: int, messages: Iterable[int]) -> None:
        """Counts new rows of a kind, and their messages."""
        self.rows[kind] += rows
        self.stored.update(messages)


class Counts(msgspec.Struct, frozen=True):
    """The messages of a batch, each counted once."""

    messages: int
    stored: int
    duplicates: int
    amended: int
    rejects: dict[str, int]  # by reason
    ignored: dict[str, int]  # by reason


def count(batch: Batch, outcome: Outcome) -> Counts:
    """Counts a message with several events and amendments by the first of these that holds.

    It is rejected, or at least one event is new, or at least one amendment is, or it is ignored;
    all others are duplicates.
    """
    rejects = batch.rejects | outcome.rejects
    stored = outcome.stored - rejects.keys()
    amended = outcome.amended - rejects.keys() - stored
    counted = amended | stored | rejects.keys()
    ignored: Mapping[int, str] = (
        batch.ignored
        | dict.fromkeys(outcome.marked - counted, FEED_MARKER)
        | dict.fromkeys(outcome.checked - counted, END_OF_BATCH)
    )
    messages = len(batch.messages)
    return Counts(
        messages=messages,
        stored=len(stored),
        duplicates=messages - len(stored) - len(amended) - len(rejects) - len(ignored),
        amended=len(amended),
        rejects=dict(Counter(reject.reason for reject in rejects.values())),
        ignored=dict(Counter(ignored.values())),
    )
