"""The open streams of the process, of all wires: how many there may be, and whose."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from api.errors import Busy, TooManyStreams
from api.known_keys import ApiKey
from api.settings import ApiSettings
from api.stream.events import Fault

BUSY = "busy"
REVOKED = Fault("refused", "The API key is not valid any more.")


class Stream(NamedTuple):
    """One of them: its wire, the key it was opened with, and how to end it."""

    wire: str
    key: ApiKey | None
    end: Callable[[Fault], None]


class Streams:
    """Counts them, and ends them."""

    def __init__(self, settings: ApiSettings) -> None:
        self._most = settings.api_streams
        self._most_of_key = settings.api_streams_per_key
        self._open: dict[int, Stream] = {}
        self.ended: Counter[str] = Counter()  # by the code of their fault

    def __len__(self) -> int:
        return len(self._open)

    @property
    def by_wire(self) -> Counter[str]:
        """The number of open streams by their wire."""
        return Counter(stream.wire for stream in self._open.values())

    @property
    def keys(self) -> set[ApiKey]:
        """The keys that streams were opened with."""
        return {stream.key for stream in self._open.values() if stream.key is not None}

    @contextmanager
    def opened(self, wire: str, key: ApiKey | None, end: Callable[[Fault], None]) -> Iterator[None]:
        """Counts a stream in the block; raises Busy or TooManyStreams if there are too many."""
        of_key = sum(1 for stream in self._open.values() if stream.key == key)
        if len(self._open) >= self._most:
            self.count(BUSY)
            raise Busy("Too many streams are open; try again later.")
        if key is not None and of_key >= self._most_of_key:
            self.count(BUSY)
            raise TooManyStreams(f"This API key has {of_key} streams open, which is its limit.")
        stream = Stream(wire, key, end)
        self._open[id(stream)] = stream
        try:
            yield
        finally:
            del self._open[id(stream)]

    def count(self, code: str) -> None:
        """Counts a stream that ends by a fault."""
        self.ended[code] += 1

    def end(self, fault: Fault, key: ApiKey | None = None) -> None:
        """Ends all streams, or those of a key."""
        for stream in list(self._open.values()):
            if key is None or stream.key == key:
                self.count(fault.code)
                stream.end(fault)
