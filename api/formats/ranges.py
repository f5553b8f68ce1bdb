"""Parts of an answer, for clients that ask for its length first and then read it in ranges.

polars and DuckDB do so. Every part is cut from one result, which is kept in a file for a while: the
same query asked again could have another one, and its parts would not fit.
"""

import asyncio
import hashlib
import re
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import asynccontextmanager
from typing import IO, NamedTuple

from api.errors import Unavailable
from api.validators import strong_tag

KEPT_SECONDS = 60.0  # after the last request for it
MOST_BYTES = 64 * 1024 * 1024  # of a result; a larger one has no ranges
MOST_FILES = 8
MOST_WAITING = 8  # requests for a result that another one makes; they take places of all others
PIECE_BYTES = 256 * 1024  # read at once: many clients may read slowly

_RANGE = re.compile(r"bytes=(?:(\d{1,15})-(\d{1,15})?|-(\d{1,15}))", re.ASCII)


class Range(NamedTuple):
    """The bytes first <= number < end."""

    first: int
    end: int


class Spooled:
    """A result in a file without a name."""

    def __init__(self, file: IO[bytes], size: int, tag: str) -> None:
        self._file = file
        self.size = size
        self.tag = tag  # of the content, so that another process has the same for the same
        self.used = time.monotonic()

    def pieces(self, part: Range) -> Iterator[bytes]:
        """Yields some of its bytes piece by piece, and no more of them once it is removed."""
        for first in range(part.first, part.end, PIECE_BYTES):
            if self._file.closed:
                return
            self.used = time.monotonic()
            self._file.seek(first)
            yield self._file.read(min(PIECE_BYTES, part.end - first))

    def close(self) -> None:
        """Removes the file."""
        self._file.close()


class Spool:
    """The results that are kept, by what was asked."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Spooled] = {}
        self._locks: dict[Hashable, asyncio.Lock] = {}
        self._waiting: Counter[Hashable] = Counter()

    @asynccontextmanager
    async def alone(self, key: Hashable) -> AsyncIterator[None]:
        """Lets one request at a time look for the result with this key, and make it.

        Raises Unavailable if many wait for it already.
        """
        if self._waiting[key] > MOST_WAITING:
            raise Unavailable("This answer is being made for others; try again shortly.")
        self._waiting[key] += 1
        try:
            async with self._locks.setdefault(key, asyncio.Lock()):
                yield
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key], self._locks[key]

    def get(self, key: Hashable) -> Spooled | None:
        """Returns the result with this key, if it is kept."""
        self._drop_old()
        found = self._kept.get(key)
        if found:
            found.used = time.monotonic()
        return found

    async def put(self, key: Hashable, blocks: AsyncIterator[bytes]) -> Spooled | None:
        """Keeps a result and returns it; None if it is larger than MOST_BYTES.

        Raises Unavailable if there is no room for it.
        """
        if made := await _spooled(blocks):
            self._kept[key] = made
            asyncio.get_running_loop().call_later(KEPT_SECONDS + 1, self._drop_old)
        return made

    def close(self) -> None:
        """Forgets all results."""
        while self._kept:
            self._kept.popitem()[1].close()

    def _drop_old(self) -> None:
        oldest_first = sorted(self._kept, key=lambda key: self._kept[key].used)
        too_many = len(oldest_first) - MOST_FILES
        for number, key in enumerate(oldest_first):
            if number < too_many or time.monotonic() - self._kept[key].used > KEPT_SECONDS:
                self._kept.pop(key).close()


async def _spooled(blocks: AsyncIterator[bytes]) -> Spooled | None:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is kept
    size, content = 0, hashlib.sha256()
    try:
        async for block in blocks:
            size += file.write(block)
            content.update(block)
            if size > MOST_BYTES:
                break
        file.flush()
    except OSError as error:
        file.close()
        raise Unavailable(f"The answer cannot be kept for ranges: {error.strerror}.") from error
    except BaseException:
        file.close()
        raise
    if size > MOST_BYTES:
        file.close()
        return None
    return Spooled(file, size, strong_tag(content.hexdigest()))


def range_of(text: str | None, size: int) -> Range | None:
    """Returns the range that a header asks for; None if it asks for none, or for several.

    A range that is not in the answer is empty.
    """
    match = _RANGE.fullmatch(text.strip()) if text else None
    if not match:
        return None
    first, last, length = (None if group is None else int(group) for group in match.groups())
    if length is not None:
        return Range(max(size - length, 0), size)
    assert first is not None
    if last is not None and last < first:
        return None
    return Range(min(first, size), size if last is None else min(last + 1, size))
