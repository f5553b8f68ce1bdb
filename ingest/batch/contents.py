"""The contents of a batch's messages: ticks as rows for COPY, and amendments of stored ticks.

A message is known by its index in the batch, and is kept or left out whole.
"""

from collections.abc import Callable, Container, Iterator
from itertools import chain

import msgspec

from ingest.formats.amendments import Amendment, Correction, Replacement
from ingest.formats.columns import Columns
from ingest.formats.times import time_text

FOREVER = "9999"  # after every time


class Contents(msgspec.Struct):
    """Ticks by slices of messages, and amendments, in the order of the messages.

    Times are texts as rfc3339() writes them.
    """

    parts: list[Columns] = []
    amendments: dict[int, Amendment] = {}
    symbols: set[str] = set()  # of ticks that are stored, now or by an amendment
    oldest: str | None = None  # time of the oldest tick
    newest: str | None = None
    earliest: str = FOREVER  # time of the oldest tick, added or amended

    def __len__(self) -> int:
        """Returns the number of ticks."""
        return sum(map(len, self.parts))

    @property
    def text(self) -> bytes:
        """The ticks as COPY takes them."""
        return b"".join(part.text for part in self.parts)

    @property
    def indexes(self) -> set[int]:
        """The indexes of the messages that have any."""
        return {*chain.from_iterable(part.owners for part in self.parts), *self.amendments}

    def add(self, ticks: Columns | None, amendments: dict[int, Amendment]) -> None:
        """Adds the contents of the next messages."""
        if ticks is not None:
            self.parts.append(ticks)
            self.symbols |= ticks.distinct_symbols
            self.oldest = min(self.oldest or ticks.oldest, ticks.oldest)
            self.newest = max(self.newest or ticks.newest, ticks.newest)
            self.earliest = min(self.earliest, ticks.oldest)
        for index, amendment in amendments.items():
            self.amendments[index] = amendment
            self.earliest = min(self.earliest, time_text(amendment.us))
            if isinstance(amendment, Correction | Replacement):
                self.symbols.add(amendment.symbol)

    def minutes(self) -> Iterator[tuple[str, str]]:
        """Yields the symbol and the minute of each tick, like 2026-02-27T12:05."""
        return chain.from_iterable(part.minutes() for part in self.parts)

    def count_before(self, time: str) -> int:
        """Returns how many ticks are older than `time`."""
        return sum(part.count_before(time) for part in self.parts)

    def outside(self, floor: str, ceiling: str = FOREVER) -> dict[int, str]:
        """Returns the messages that reach before `floor` or after `ceiling`, with a time that does.

        An amendment reaches the time of the tick that it names.
        """
        times = {index: time_text(amendment.us) for index, amendment in self.amendments.items()}
        found = {index: time for index, time in times.items() if not floor <= time <= ceiling}
        for part in self.parts:
            if part.oldest < floor or part.newest > ceiling:
                rows = zip(part.owners, part.times, strict=True)
                found.update((index, time) for index, time in rows if not floor <= time <= ceiling)
        return found

    def only(self, indexes: Container[int]) -> "Contents":
        """Returns the contents of the messages at `indexes`."""
        return self._where(lambda index: index in indexes)

    def without(self, indexes: Container[int]) -> "Contents":
        """Returns the contents of the messages at all other indexes."""
        return self._where(lambda index: index not in indexes)

    def _where(self, keeps: Callable[[int], bool]) -> "Contents":
        found = Contents()
        for part in self.parts:
            found.add(part.selected(list(map(keeps, part.owners))), {})
        found.add(None, {index: one for index, one in self.amendments.items() if keeps(index)})
        return found
