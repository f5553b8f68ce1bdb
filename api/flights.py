"""Equal questions at the same time are one query, and young answers are given again.

A flight is a query under way. It is cancelled when nobody waits for it any more.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, NamedTuple

Row = tuple[Any, ...]
Fetch = Callable[[], Coroutine[Any, Any, Row | None]]

LIMIT_SECONDS = 10.0
CACHE_BYTES = 32 * 1024 * 1024  # of all texts in the cache together


class Flights:
    """The queries under way, by what they ask."""

    def __init__(self, limit_seconds: float = LIMIT_SECONDS) -> None:
        self._limit = limit_seconds
        self._under_way: dict[Hashable, _Flight] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._under_way

    async def join(self, key: Hashable, fetch: Fetch) -> Row | None:
        """Returns the answer of the query under way with this key, which `fetch` starts if needed.

        Raises what the query raises, and TimeoutError once it has taken the limit: a server that
        hangs does not take a cancellation either, so nobody waits for that.
        """
        flight = self._under_way.get(key)
        if flight is None:
            flight = self._under_way[key] = _Flight(fetch, self._limit)
            flight.task.add_done_callback(lambda _task: self._end(key, flight))
        flight.waiting += 1
        try:
            async with asyncio.timeout_at(flight.deadline):
                return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._end(key, flight)  # a newcomer must not join it
                flight.task.cancel()

    def _end(self, key: Hashable, flight: "_Flight") -> None:
        if self._under_way.get(key) is flight:
            del self._under_way[key]
        if flight.task.done() and not flight.task.cancelled():
            flight.task.exception()  # all that waited may have gone: nobody else asks for it


class _Flight:
    def __init__(self, fetch: Fetch, limit_seconds: float) -> None:
        self.task: asyncio.Task[Row | None] = asyncio.create_task(fetch())
        self.deadline = asyncio.get_running_loop().time() + limit_seconds
        self.waiting = 0


class Cache:
    """Answers that are younger than a number of seconds, counted from when they were asked for."""

    def __init__(self, seconds: float, most_bytes: int = CACHE_BYTES) -> None:
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._answers: OrderedDict[Hashable, _Answer] = OrderedDict()  # oldest first
        self.bytes = 0

    def get(self, key: Hashable) -> "_Answer | None":
        """Returns the answer with this key that is still young."""
        found = self._answers.get(key)
        return found if found and time.monotonic() - found.asked < self._seconds else None

    def put(self, key: Hashable, row: Row | None, asked: float) -> None:
        """Keeps the answer to what was asked at `asked`, a time of the monotonic clock."""
        known = self._answers.get(key)
        if not self._seconds or (known and known.asked > asked):
            return  # an older answer never takes the place of a newer one
        self._drop(key)
        self._answers[key] = _Answer(row, asked, _size(key) + _size(row))
        self.bytes += self._answers[key].bytes
        oldest = time.monotonic() - self._seconds
        while self._answers:
            first = next(iter(self._answers))
            if self.bytes <= self._most_bytes and self._answers[first].asked > oldest:
                return
            self._drop(first)

    def _drop(self, key: Hashable) -> None:
        if found := self._answers.pop(key, None):
            self.bytes -= found.bytes


class _Answer(NamedTuple):
    row: Row | None
    asked: float
    bytes: int


def _size(value: object) -> int:
    """Returns about the bytes that a row, or a key, takes."""
    if isinstance(value, tuple | list):
        return 64 + sum(_size(each) for each in value)
    return 64 + (len(value) if isinstance(value, str | bytes) else 0)


def key_of(statement: str, values: dict[str, Any]) -> Hashable:
    """Returns the key of a statement with its values, whose lists are part of it as tuples."""
    return (
        statement,
        *(
            (name, tuple(value) if isinstance(value, list) else value)
            for name, value in values.items()
        ),
    )
