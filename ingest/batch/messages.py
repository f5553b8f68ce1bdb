"""A batch's messages, packed; the few that are needed again are found by their index."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

Partition = tuple[str, int]


class Message(Protocol):
    """The part of a Kafka message that the loader reads."""

    def topic(self) -> str: ...
    def partition(self) -> int: ...
    def offset(self) -> int: ...
    def key(self) -> bytes | None: ...
    def value(self) -> bytes | None: ...
    def headers(self) -> list[tuple[str, bytes]] | None: ...


def source_of(message: Message) -> str | None:
    """Returns the message's header `source`, as a text that the database can hold."""
    for key, value in message.headers() or ():
        if key == "source" and value:
            return value.decode("utf-8", "replace").replace("\0", "\ufffd")
    return None


class Record(msgspec.Struct, frozen=True):
    """A message as the database keeps it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    source: str | None = None  # its header of that name; None also if no format needed it


class Slice(msgspec.Struct, frozen=True, array_like=True):
    """Messages of one partition, a column each; `sources` as in Record."""

    topic: str
    partition: int
    offsets: Sequence[int]
    keys: Sequence[bytes | None]
    values: Sequence[bytes | None]
    sources: Sequence[str | None] | None = None

    def records(self) -> list[Record]:
        sources = self.sources or [None] * len(self.offsets)
        columns = zip(self.offsets, self.keys, self.values, sources, strict=True)
        return [Record(self.topic, self.partition, *fields) for fields in columns]


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Slice).decode


class Messages:
    """Messages in the order in which they came.

    They are copied, because freeing Kafka's objects costs least while they are in the processor's
    cache, and packed, because objects cost more to keep than to make again.
    """

    def __init__(self) -> None:
        self.size = 0  # bytes
        self._slices: list[bytes] = []
        self._firsts: list[int] = []  # the index of each slice's first message
        self._count = 0
        self._records: dict[int, list[Record]] = {}  # of the slices that were unpacked, by number

    def __len__(self) -> int:
        return self._count

    def add(self, messages: Slice, sources: Sequence[str | None] | None = None) -> None:
        """Adds messages; `sources` if they are known."""
        packed = _pack(msgspec.structs.replace(messages, sources=sources))
        self._slices.append(packed)
        self._firsts.append(self._count)
        self._count += len(messages.offsets)
        self.size += len(packed)

    def __getitem__(self, index: int) -> Record:
        number = bisect_right(self._firsts, index) - 1
        if number not in self._records:
            self._records[number] = _unpack(self._slices[number]).records()
        return self._records[number][index - self._firsts[number]]

    def slices(self) -> Iterator[tuple[int, Slice]]:
        """Yields the slices as they were added, each with the index of its first message."""
        for first, packed in zip(self._firsts, self._slices, strict=True):
            yield first, _unpack(packed)
