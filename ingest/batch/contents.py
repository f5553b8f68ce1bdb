"""What a batch's messages hold: ticks as rows for COPY, and amendments of stored ticks.

Everything goes by the place of its message within the batch; a message is kept or left out whole.
"""

from collections.abc import Callable, Container, Iterator
from itertools import chain

import msgspec

from ingest.formats.amendments import Amendment, Correction, Replacement
from ingest.formats.columns import Columns
from ingest.formats.decode import Decoded
from ingest.formats.times import time_text


class Contents(msgspec.Struct, frozen=True):
    """Ticks by slices of messages, and amendments, in the order of the messages."""

    parts: list[Columns] = []
    amendments: dict[int, Amendment] = {}

    def __len__(self) -> int:
        """Returns the number of ticks."""
        return sum(map(len, self.parts))

    @property
    def text(self) -> bytes:
        """The ticks as COPY takes them."""
        return b"".join(part.text for part in self.parts)

    @property
    def symbols(self) -> set[str]:
        """The symbols of ticks that are stored, or may be."""
        symbols = set().union(*(part.names for part in self.parts))
        amendments = self.amendments.values()
        return symbols.union(
            a.symbol for a in amendments if isinstance(a, Correction | Replacement)
        )

    @property
    def oldest(self) -> str | None:
        """The time of the oldest tick, as rfc3339() writes it."""
        return min((part.oldest for part in self.parts), default=None)

    @property
    def newest(self) -> str | None:
        return max((part.newest for part in self.parts), default=None)

    @property
    def places(self) -> set[int]:
        """The messages that hold something."""
        return {*chain.from_iterable(part.owners for part in self.parts), *self.amendments}

    def add(self, decoded: Decoded) -> None:
        """Adds what a slice of messages holds."""
        if decoded.columns is not None:
            self.parts.append(decoded.columns)
        self.amendments.update(decoded.amendments)

    def minutes(self) -> Iterator[tuple[str, str]]:
        """Yields the symbol and the minute of each tick, like 2026-02-27T12:05."""
        return chain.from_iterable(part.minutes() for part in self.parts)

    def count_before(self, time: str) -> int:
        """Returns how many ticks are older than `time`."""
        return sum(part.count_before(time) for part in self.parts)

    def outside(self, floor: str, ceiling: str = "9999") -> dict[int, str]:
        """Returns the messages that reach before `floor` or after `ceiling`, with a time that does.

        An amendment reaches the time of the tick that it names.
        """
        times = {place: time_text(amendment.us) for place, amendment in self.amendments.items()}
        found = {place: time for place, time in times.items() if not floor <= time <= ceiling}
        for part in self.parts:
            if part.oldest < floor or part.newest > ceiling:
                rows = zip(part.owners, part.times, strict=True)
                found.update((place, time) for place, time in rows if not floor <= time <= ceiling)
        return found

    def only(self, places: Container[int]) -> "Contents":
        """Returns what the messages at `places` hold."""
        return self._where(lambda place: place in places)

    def without(self, places: Container[int]) -> "Contents":
        """Returns what the messages at all other places hold."""
        return self._where(lambda place: place not in places)

    def _where(self, keeps: Callable[[int], bool]) -> "Contents":
        parts = (part.selected(list(map(keeps, part.owners))) for part in self.parts)
        return Contents(
            [part for part in parts if part is not None],
            {place: amendment for place, amendment in self.amendments.items() if keeps(place)},
        )
