"""Messages on their way to one transaction, and the offsets that go with them."""

from datetime import datetime
from itertools import compress

import msgspec

from ingest.rows import FUTURE, Message, Rows, add_messages, refuse_times, rfc3339

Partition = tuple[str, int]

NEVER = 1 << 63  # above every offset


class Span(msgspec.Struct):
    """Offsets of one partition: `next` is last + 1, as offsets have gaps."""

    first: int
    next: int


class Batch(msgspec.Struct):
    """Messages in the order they came, their offsets by partition, and what they hold."""

    messages: list[Message] = []
    spans: dict[Partition, Span] = {}
    size: int = 0  # bytes
    started: float = 0.0  # when the first message came, on the monotonic clock
    rows: Rows = msgspec.field(default_factory=Rows)

    def add(self, messages: list[Message], positions: dict[Partition, int], clock: float) -> None:
        """Takes messages from the partitions in `positions`, and moves these on.

        One that is no longer ours, or from before its position, is left out.
        """
        if messages and not self.messages:
            self.started = clock
        topics, numbers = [m.topic() for m in messages], [m.partition() for m in messages]
        partitions = list(zip(topics, numbers, strict=True))
        offsets = [m.offset() for m in messages]
        # A dict keeps the last value of a key, and the offsets of a partition rise.
        first = dict(zip(reversed(partitions), reversed(offsets), strict=True))
        last = dict(zip(partitions, offsets, strict=True))
        if not all(positions.get(partition, NEVER) <= first[partition] for partition in first):
            due = [positions.get(p, NEVER) <= o for p, o in zip(partitions, offsets, strict=True)]
            return self.add(list(compress(messages, due)), positions, clock)
        for partition, offset in last.items():
            span = self.spans.setdefault(partition, Span(positions[partition], 0))
            span.next = positions[partition] = offset + 1
        # At once, while the messages are still in the processor's cache.
        add_messages(self.rows, messages, first=len(self.messages))
        self.size += sum(map(len, messages))
        self.messages += messages
        return None

    def close(self, now: datetime, floor: str) -> None:
        """Rejects what is from before `floor` or after `now`."""
        refuse_times(self.rows, floor, rfc3339(now + FUTURE))
