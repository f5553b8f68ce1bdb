"""The contents of a batch's messages: events as rows for COPY, amendments, markers of feeds, bars.

A message is known by its index in the batch, and is kept or left out whole.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeGuard

import msgspec

from ingest.formats.amendments import (
    Amendment,
    BatchEnd,
    Correction,
    Replacement,
    kind_amended,
)
from ingest.formats.bar import Bar
from ingest.formats.columns import Columns
from ingest.formats.events import Kind
from ingest.formats.feed import Marker
from ingest.formats.times import OLDEST, time_text

FOREVER = "9999"  # after every time

Moment = tuple[Kind, str]  # of an event of a kind
Spans = Sequence[tuple[str, str]]  # since <= time < until
Amendments = dict[int, tuple[Amendment, ...]]  # by the index of their message
Markers = dict[int, tuple[Marker, ...]]  # likewise
Bars = dict[int, tuple[Bar, ...]]  # likewise


class Contents(msgspec.Struct):
    """Events by slices of messages, amendments, markers and bars, in the order of the messages.

    Times are texts as rfc3339() writes them.
    """

    trades: list[Columns] = []
    quotes: list[Columns] = []
    amendments: Amendments = {}
    markers: Markers = {}
    bars: Bars = {}
    symbols: set[str] = set()  # of bars, and of events that are stored, now or by an amendment
    sources: set[str] = set()  # likewise
    oldest: str | None = None  # time of the oldest event
    newest: str | None = None
    earliest: str = FOREVER  # time of the oldest event, added or amended

    def __len__(self) -> int:
        """Returns the number of events."""
        return sum(map(len, self.parts))

    @property
    def parts(self) -> list[Columns]:
        return self.trades + self.quotes

    def of(self, kind: Kind) -> list[Columns]:
        return self.trades if kind == "trade" else self.quotes

    def count(self, kind: Kind) -> int:
        """Returns the number of events of a kind."""
        return sum(map(len, self.of(kind)))

    def text(self, kind: Kind) -> bytes:
        """Returns the events of a kind as COPY takes them."""
        return b"".join(part.text for part in self.of(kind))

    def staged_text(self, kind: Kind) -> bytes:
        """Returns the events of a kind with the index of their message as the last column."""
        return b"".join(part.text_with_messages for part in self.of(kind))

    @property
    def event_indexes(self) -> set[int]:
        """The indexes of the messages that have events."""
        return set(chain.from_iterable(part.owners for part in self.parts))

    @property
    def indexes(self) -> set[int]:
        """The indexes of the messages that have events, amendments, markers or bars."""
        others = self.amendments.keys() | self.markers.keys() | self.bars.keys()
        return self.event_indexes | others

    def add(
        self,
        trades: Columns | None,
        quotes: Columns | None,
        amendments: Amendments,
        markers: Markers,
        bars: Bars,
    ) -> None:
        """Adds the contents of the next messages."""
        for events in (trades, quotes):
            if events is not None:
                self._add_events(events)
        self.markers.update(markers)
        self._add_bars(bars)
        for index, some in amendments.items():
            self.amendments[index] = some
            for amendment in some:
                self.earliest = min(self.earliest, time_text(amendment.us))
                if isinstance(amendment, Correction | Replacement):
                    self.symbols.add(amendment.symbol)
                    self.sources.add(amendment.event.source)

    def _add_bars(self, bars: Bars) -> None:
        self.bars.update(bars)
        for bar in chain.from_iterable(bars.values()):
            self.symbols.add(bar.symbol)
            self.sources.add(bar.source)

    def _add_events(self, events: Columns) -> None:
        self.of(events.kind).append(events)
        self.symbols |= events.distinct_symbols
        self.sources |= events.distinct_sources
        self.oldest = min(self.oldest or events.oldest, events.oldest)
        self.newest = max(self.newest or events.newest, events.newest)
        self.earliest = min(self.earliest, events.oldest)

    def minutes(self, kind: Kind) -> Iterator[tuple[str, str]]:
        """Yields the symbol and the minute of each event of a kind, like 2026-02-27T12:05."""
        return chain.from_iterable(part.minutes() for part in self.of(kind))

    def count_before(self, time: str) -> int:
        """Returns how many events are older than `time`."""
        return sum(part.count_before(time) for part in self.parts)

    def outside(
        self,
        floors: Mapping[Kind, str],
        ceiling: str = FOREVER,
        held: Mapping[Kind, Spans] | None = None,
    ) -> dict[int, Moment]:
        """Returns the messages that reach before a floor or after `ceiling`, with a time that does.

        There is a floor for each kind of event, by default OLDEST; what is `held` is not before it.
        An amendment reaches the time that it names. Markers and bars are left to others_after().
        """
        spared = held or {}

        def is_outside(kind: Kind, time: str) -> bool:
            if time < floors.get(kind, OLDEST):
                return not any(since <= time < until for since, until in spared.get(kind, ()))
            return time > ceiling

        amended = (
            (index, (kind_amended(amendment), time_text(amendment.us)))
            for index, some in self.amendments.items()
            for amendment in some
        )
        found = {index: moment for index, moment in amended if is_outside(*moment)}
        for part in self.parts:
            floor = floors.get(part.kind, OLDEST)
            if part.oldest < floor or part.newest > ceiling:
                rows = zip(part.owners, part.times, strict=True)
                found.update(
                    (index, (part.kind, time))
                    for index, time in rows
                    if is_outside(part.kind, time)
                )
        return found

    def others_after(self, ceiling: str) -> dict[int, str]:
        """Returns the messages with a marker or a bar that begins after `ceiling`, and its time."""
        times = chain(
            ((i, marker.latest) for i, some in self.markers.items() for marker in some),
            ((i, bar.us) for i, some in self.bars.items() for bar in some),
        )
        return {index: time_text(us) for index, us in times if time_text(us) > ceiling}

    def only(self, indexes: Container[int]) -> "Contents":
        """Returns the contents of the messages at `indexes`."""
        return self._where(lambda index: index in indexes)

    def without(self, indexes: Container[int]) -> "Contents":
        """Returns the contents of the messages at all other indexes."""
        return self._where(lambda index: index not in indexes)

    def _where(self, keeps: Callable[[int], bool]) -> "Contents":
        found = Contents()
        for part in self.parts:
            kept = part.selected(list(map(keeps, part.owners)))
            if kept is not None:
                found._add_events(kept)
        found.add(
            None,
            None,
            {index: some for index, some in self.amendments.items() if keeps(index)},
            {index: some for index, some in self.markers.items() if keeps(index)},
            {index: some for index, some in self.bars.items() if keeps(index)},
        )
        return found


def replaces(amendment: Amendment) -> TypeGuard[BatchEnd]:
    """Returns whether an amendment is the end of a batch that replaces a range."""
    return isinstance(amendment, BatchEnd) and amendment.replace
