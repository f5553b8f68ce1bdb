"""Messages on their way to one transaction, and the offsets that go with them."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

import msgspec

from ingest.batch.columns import FUTURE, SLICE, Rows, read, refuse_times, rfc3339
from ingest.batch.messages import Message, Messages, Partition

NEVER = 1 << 63  # above every offset


class Span(msgspec.Struct):
    """Offsets of one partition: `next` is last + 1, as offsets have gaps."""

    first: int
    next: int


class Batch(msgspec.Struct):
    """Messages in the order they came, their offsets by partition, and what they hold."""

    messages: Messages = msgspec.field(default_factory=Messages)
    spans: dict[Partition, Span] = {}
    started: float = 0.0  # when the first message came, on the monotonic clock
    rows: Rows = msgspec.field(default_factory=Rows)

    def add(
        self, messages: Sequence[Message], positions: dict[Partition, int], clock: float
    ) -> None:
        """Takes messages from the partitions in `positions`, and moves these on.

        One that is no longer ours, or from before its position, is left out.
        """
        if not self.messages:
            self.started = clock
        start = 0
        for partition, run in groupby([(m.topic(), m.partition()) for m in messages]):
            end = start + len(list(run))
            self._add_run(partition, messages[start:end], positions)
            start = end

    def _add_run(
        self, partition: Partition, messages: Sequence[Message], positions: dict[Partition, int]
    ) -> None:
        position = positions.get(partition, NEVER)
        offsets = [m.offset() for m in messages]  # they rise
        due = bisect_left(offsets, position)
        if due == len(offsets):
            return
        span = self.spans.setdefault(partition, Span(position, 0))
        span.next = positions[partition] = offsets[-1] + 1
        # At once, while the messages are still in the processor's cache.
        for start in range(due, len(messages), SLICE):
            part = messages[start : start + SLICE]
            if read(self.rows, part, first=len(self.messages)):
                self.messages.pack(partition, offsets[start : start + SLICE], part)
            else:
                self.messages.add(part)

    def close(self, now: datetime, floor: str) -> None:
        """Rejects what is from before `floor` or after `now`."""
        refuse_times(self.rows, floor, rfc3339(now + FUTURE))
