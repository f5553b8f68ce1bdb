"""Messages on their way to one transaction, with their contents and their offsets."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import dropwhile, groupby

import msgspec

from ingest.batch.age import AgeLimits, floors_of, held_of
from ingest.batch.contents import Contents, replaces
from ingest.batch.messages import Message, Messages, Partition, Record, Slice, source_of
from ingest.formats.amendments import BatchEnd
from ingest.formats.catalog import Catalog
from ingest.formats.decode import Decoded, decode, decode_each
from ingest.formats.events import Quote, Reject, Trade
from ingest.formats.message import decode_message
from ingest.formats.times import OLDEST, rfc3339

SLICE_MESSAGES = 512  # one that is out of the ordinary slows down only its slice
FUTURE = timedelta(seconds=60)  # how far a venue's clock may be ahead
NEVER = 1 << 63  # above every offset
BEHIND_END = Reject(
    "event behind the end",
    "a trade or quote follows a batch_end that replaces a range; it has to be another message",
)


class Span(msgspec.Struct):
    """Offsets of one partition: `next` is the last one + 1, as offsets have gaps."""

    first: int
    next: int


class Batch(msgspec.Struct):
    """Messages in the order in which they came, and the contents of each by its index.

    Each is in `contents`, in `rejects` or in `ignored`. `id` is that of ops.load_batches, which the
    rows carry; the catalog decides how events are stored.
    """

    id: int
    catalog: Catalog
    messages: Messages = msgspec.field(default_factory=Messages)
    spans: dict[Partition, Span] = {}
    contents: Contents = msgspec.field(default_factory=Contents)
    rejects: dict[int, Reject] = {}
    ignored: dict[int, str] = {}  # the reasons
    too_late: Counter[str] = msgspec.field(default_factory=Counter)  # by AgeLimit.sentence
    backfilled: set[str] = set()  # sources with ids of which events are history
    holds_late: bool = False  # whether its late events are stored with the others, and do not wait
    started: float = 0.0  # when the first message came, on the monotonic clock

    def add(
        self, messages: Sequence[Message], positions: dict[Partition, int], clock: float
    ) -> None:
        """Takes messages of the partitions in `positions`, and moves these on.

        Leaves out messages of other partitions, and those from before their partition's position.
        """
        if not self.spans:
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
        # Decoded and packed at once, while the messages are still in the processor's cache.
        for start in range(due, len(messages), SLICE_MESSAGES):
            part = messages[start : start + SLICE_MESSAGES]
            slice_ = Slice(
                *partition,
                offsets[start : start + SLICE_MESSAGES],
                [m.key() for m in part],
                [m.value() for m in part],
            )
            self._add_slice(slice_, partial(list, map(source_of, part)))

    def _add_slice(self, slice_: Slice, headers: Callable[[], list[str | None]]) -> None:
        decoded = decode(slice_.values, headers, len(self.messages), self.catalog, self.id)
        self.messages.add(slice_, decoded.headers)
        self._take(decoded)

    def _take(self, decoded: Decoded) -> None:
        self.contents.add(
            decoded.trades, decoded.quotes, decoded.amendments, decoded.markers, decoded.bars
        )
        self.rejects.update(decoded.rejects)
        self.ignored.update(decoded.ignored)
        self.backfilled |= decoded.backfilled
        if misplaced := self._misplaced(decoded):
            self.reject(dict.fromkeys(misplaced, BEHIND_END))

    def _misplaced(self, decoded: Decoded) -> list[int]:
        """Returns the messages in which an event follows an end that replaces a range.

        Their events would be stored before the range is replaced.
        """
        parts = [part for part in (decoded.trades, decoded.quotes) if part is not None]
        return [
            index
            for index, some in decoded.amendments.items()
            if any(map(replaces, some)) and any(index in part.owners for part in parts)
            if _has_event_behind_end(self.messages[index], self.catalog)
        ]

    def close(self, now: datetime) -> None:
        """Rejects messages that reach before OLDEST or beyond `now` and a minute."""
        ceiling = rfc3339(now + FUTURE)
        outside = {index: time for index, (_, time) in self.contents.outside({}, ceiling).items()}
        outside |= self.contents.others_after(ceiling)
        if outside:
            self.reject({index: _out_of_range(time) for index, time in outside.items()})

    def reject_old(self, limits: AgeLimits) -> None:
        """Rejects messages that are older than allowed."""
        outside = self.contents.outside(floors_of(limits), held=held_of(limits))
        reasons = {index: limits[kind].sentence for index, (kind, _) in outside.items()}
        self.too_late.update(reasons.values())
        self.reject(
            {
                index: Reject("too late", f"{time}: {reasons[index]}")
                for index, (_, time) in outside.items()
            }
        )

    def reject(self, rejects: Mapping[int, Reject]) -> None:
        """Moves messages from the contents to the rejects."""
        self.rejects.update(rejects)
        self.contents = self.contents.without(rejects.keys())

    def decode_each(self) -> None:
        """Decodes again, message by message with every check, those that are not rejected.

        A catalog that has changed since holds from here on.
        """
        self.contents, rejected = Contents(), dict(self.rejects)
        self.ignored, self.backfilled = {}, set()
        for first, slice_ in self.messages.slices():
            headers = slice_.sources or [None] * len(slice_.offsets)
            self._take(decode_each(slice_.values, headers, first, self.catalog, self.id))
        for index in rejected:
            self.ignored.pop(index, None)
        self.reject(rejected)


def batch_of(records: Sequence[Record], batch_id: int, catalog: Catalog) -> Batch:
    """Returns a batch of messages that the database has kept; it moves no offsets."""
    batch = Batch(batch_id, catalog)
    for partition, run in groupby(records, lambda record: (record.topic, record.partition)):
        same = list(run)
        for start in range(0, len(same), SLICE_MESSAGES):
            part = same[start : start + SLICE_MESSAGES]
            slice_ = Slice(
                *partition,
                [record.offset for record in part],
                [record.key for record in part],
                [record.value for record in part],
            )
            batch._add_slice(slice_, partial(list, [record.source for record in part]))
    return batch


def _has_event_behind_end(message: Record, catalog: Catalog) -> bool:
    found = decode_message(message.value, message.source, catalog)
    if not isinstance(found, Sequence):
        return False
    behind = dropwhile(lambda one: not (isinstance(one, BatchEnd) and replaces(one)), found)
    return any(isinstance(one, Trade | Quote) for one in behind)


def _out_of_range(time: str) -> Reject:
    fault = f"before {OLDEST}" if time < OLDEST else "in the future"
    return Reject("time out of range", f"{time} is {fault}")
