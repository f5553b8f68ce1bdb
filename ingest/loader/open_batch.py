"""The batch that is being filled: how much it still takes, and when it is due to be stored."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from ingest.batch.batch import Batch
from ingest.batch.messages import Message, Partition
from ingest.formats.bar_rules import Rules
from ingest.formats.catalog import Catalog
from ingest.loader.settings import LoaderSettings

POLL_MESSAGES = 1_000  # more, and the first are out of the processor's cache before they are read
IDLE_SECONDS = 0.2  # longest wait for a message
BUSY_SECONDS = 0.01  # the same while a batch that is due waits for the one before it


# Of the batch before the first partitions are started, which takes no messages.
_NO_CATALOG = Catalog(0, {}, Rules({}))


class Facts(NamedTuple):
    """Facts that a batch needs before its messages are decoded."""

    id: int
    catalog: Catalog


class Room(NamedTuple):
    """Limits of the next poll."""

    messages: int
    seconds: float


class OpenBatch:
    """A batch within the limits of the settings, and the offset after its messages.

    `next_offsets` has every partition that is read from, also those without a message. All clocks
    are monotonic, in seconds.
    """

    def __init__(self, settings: LoaderSettings) -> None:
        self.next_offsets: dict[Partition, int] = {}
        self.batch = Batch(0, _NO_CATALOG)
        self._most_messages = settings.batch_rows
        self._most_bytes = settings.batch_bytes
        self._longest_seconds = settings.batch_ms / 1000

    def drop(self) -> None:
        """Discards the messages, and takes no more."""
        self.batch = Batch(0, _NO_CATALOG)
        self.next_offsets = {}

    def restart(self, offsets: Mapping[Partition, int], facts: Facts) -> None:
        """Discards the messages; those at and after `offsets` are taken from now on."""
        self.batch = Batch(*facts)
        self.next_offsets = dict(offsets)

    def room(self, now: float) -> Room:
        """Returns how many messages to poll for, and how long to wait for them."""
        messages = self.batch.messages
        if not messages:
            return Room(1, IDLE_SECONDS)
        left = self._due_at() - now
        # Short: neither a stop nor the batch may wait for messages that do not come.
        seconds = min(left, IDLE_SECONDS) if left > 0 else BUSY_SECONDS
        mean_bytes = messages.size // len(messages) + 1
        most = min(
            POLL_MESSAGES,
            self._most_messages - len(messages),
            (self._most_bytes - messages.size) // mean_bytes,
        )
        return Room(max(1, most), seconds)

    def add(self, messages: Sequence[Message], now: float) -> None:
        """Decodes messages and moves `next_offsets` on."""
        self.batch.add(messages, self.next_offsets, now)

    def is_empty(self) -> bool:
        """Returns whether no offset would move if the batch were stored."""
        return not self.batch.spans

    def is_due(self, now: float, *, may_grow: bool) -> bool:
        """Returns whether the batch is full, or has waited for long enough and may not grow."""
        messages = self.batch.messages
        if self.is_empty():
            return False
        if len(messages) >= self._most_messages or messages.size >= self._most_bytes:
            return True
        return not may_grow and now >= self._due_at()

    def _due_at(self) -> float:
        return self.batch.started + self._longest_seconds

    def take(self, now: datetime, facts: Facts) -> Batch:
        """Returns the batch, closed at the time `now`, and opens the next one."""
        batch, self.batch = self.batch, Batch(*facts)
        batch.close(now)
        return batch
