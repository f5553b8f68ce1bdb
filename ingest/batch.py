"""Messages on their way to one transaction, and the offsets that go with them."""

from datetime import datetime

import msgspec

from ingest.rows import Message, Rows, rows_of

Partition = tuple[str, int]


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
        for message in messages:
            partition = (message.topic(), message.partition())
            offset = message.offset()
            position = positions.get(partition)
            if position is None or offset < position:
                continue
            span = self.spans.get(partition)
            if span is None:
                self.spans[partition] = Span(position, offset + 1)
            else:
                span.next = offset + 1
            positions[partition] = offset + 1
            self.size += len(message)
            self.messages.append(message)

    def read(self, now: datetime, floor: str) -> None:
        """Fills `rows` from the messages."""
        self.rows = rows_of(self.messages, now, floor)
