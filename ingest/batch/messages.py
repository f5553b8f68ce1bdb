"""A batch's messages: each can be asked for by its place, few ever are."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

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


def row_of(message: Message) -> dict[str, Any]:
    """Returns the columns that keep a message in the database."""
    return {
        "topic": message.topic(),
        "partition": message.partition(),
        "offset": message.offset(),
        "key": message.key(),
        "value": message.value(),
    }


class Record:
    """What has been a message of Kafka's, in the same shape."""

    def __init__(
        self,
        partition: Partition,
        offset: int,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes]] | None = None,
    ) -> None:
        self._topic, self._partition = partition
        self._offset, self._key, self._value, self._headers = offset, key, value, headers

    def topic(self) -> str:
        return self._topic

    def partition(self) -> int:
        return self._partition

    def offset(self) -> int:
        return self._offset

    def key(self) -> bytes | None:
        return self._key

    def value(self) -> bytes | None:
        return self._value

    def headers(self) -> list[tuple[str, bytes]] | None:
        return self._headers


class _Packed(msgspec.Struct, frozen=True):
    """Messages of one partition: their offsets, keys and values."""

    partition: Partition
    columns: bytes

    def records(self) -> list[Record]:
        columns = _unpack(self.columns)
        return [Record(self.partition, *fields) for fields in zip(*columns, strict=True)]


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(tuple[list[int], list[bytes | None], list[bytes | None]]).decode


class Messages:
    """Messages in the order they came; such as all went well with are kept without an object each.

    Freeing Kafka's objects costs least while they are in the processor's cache.
    """

    def __init__(self, messages: Sequence[Message] = ()) -> None:
        self.size = 0  # bytes
        self._runs: list[Sequence[Message] | _Packed] = []
        self._firsts: list[int] = []
        self._count = 0
        self.add(messages)

    def __len__(self) -> int:
        return self._count

    def add(self, messages: Sequence[Message]) -> None:
        self.size += sum(len(message.value() or b"") for message in messages)
        self._append(messages, len(messages))

    def pack(
        self, partition: Partition, offsets: Sequence[int], messages: Sequence[Message]
    ) -> None:
        """Adds messages of one partition whose headers nobody will ask for."""
        columns = _pack((offsets, [m.key() for m in messages], [m.value() for m in messages]))
        self.size += len(columns)
        self._append(_Packed(partition, columns), len(messages))

    def _append(self, run: Sequence[Message] | _Packed, count: int) -> None:
        self._runs.append(run)
        self._firsts.append(self._count)
        self._count += count

    def __getitem__(self, place: int) -> Message:
        index = bisect_right(self._firsts, place) - 1
        return self._run(index)[place - self._firsts[index]]

    def __iter__(self) -> Iterator[Message]:
        for index in range(len(self._runs)):
            yield from self._run(index)

    def _run(self, index: int) -> Sequence[Message]:
        run = self._runs[index]
        if isinstance(run, _Packed):
            run = self._runs[index] = run.records()
        return run
