"""Bars between two places of a stream: what a client missed, or history.

First the revised ones, then window by window of time those that have become final, of all series at
once: so a place between is a time, whatever the number of series.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta

from api.stream.bar_events import events_of
from api.stream.bar_pieces import Piece, below, merged
from api.stream.bar_places import Stale, floor_of, joined, name_of, with_stale
from api.stream.bar_reads import Request
from api.stream.bar_series import Key, Reading, Series, Told, revision
from api.stream.bar_turns import IS_BEHIND, Turns
from api.stream.events import Event
from api.stream.token import Place
from db.connect import DatabaseAway

MOST_BARS = 1000  # in a message
MOST_PIECES = 200  # in a message
FIRST_WINDOW = timedelta(seconds=5)
WIDEST_WINDOW = timedelta(days=3660)

Step = tuple[Sequence[Event], Place]


class Replay:
    """The bars of some series that a client at `begin` lacks at `end`.

    `postpone` takes those that are not final any more until the database has made them anew.
    """

    def __init__(
        self,
        turns: Turns,
        postpone: Callable[[Series, Piece], None],
        series: Sequence[Series],
        begin: Place,
        end: Place,
    ) -> None:
        self._turns = turns
        self._postpone = postpone
        self._series = [one for one in series if one.begun is not None]
        self._begin, self._end = begin, end
        self._floors = {one.key: floor_of(begin, one.key) for one in self._series}
        self._ends = {one.key: _end_of(one, end) for one in self._series}
        self._shown = [(one, list(one.shown.values())) for one in self._series]
        self._stale: Stale = {}  # what was postponed

    async def messages(self) -> AsyncIterator[Step]:
        """Yields the bars in messages, each with its place, the provisional ones last."""
        if self._begin.number > self._end.number:
            raise DatabaseAway(IS_BEHIND)
        if self._begin != self._end:
            async for step in self._revised():
                yield step
            async for step in self._final():
                yield step
        displays = self._turns.displays
        provisional = [(one, Told(bar, False)) for one, bars in self._shown for bar in bars]
        yield events_of(provisional, displays), self._with_stale(self._end)

    async def _revised(self) -> AsyncIterator[Step]:
        """Yields the bars before the place `begin` that changes up to `end` touched."""
        begin, end = self._begin, self._end
        found = await self._touched()
        while found:
            part, found = found[:MOST_PIECES], found[MOST_PIECES:]
            displays = self._turns.displays
            requests = [
                _request(one, piece.since, piece.until, piece.removed) for one, piece in part
            ]
            bars: list[tuple[Series, Told]] = []
            readings = await self._turns.read(requests, displays, end.number)
            for (one, piece), reading in zip(part, readings, strict=True):
                if reading is None:
                    continue
                told, rest = revision(piece, reading)
                bars += [(one, bar) for bar in told]
                if rest is not None and rest.since == reading.cut_at:
                    found.append((one, rest))
                elif rest is not None:
                    self._leave_to_others(one, rest)
            number, stale = (begin.number, begin.stale) if found else (end.number, {})
            if bars:
                place = Place(number, begin.until, begin.behind, stale)
                yield events_of(bars, displays), self._with_stale(place)

    async def _touched(self) -> list[tuple[Series, Piece]]:
        """Returns the pieces of final bars that the changes between the places touched."""
        begin, end = self._begin, self._end
        pieces: dict[Key, list[Piece]] = {
            one.key: list(begin.stale[name_of(one.key)])
            for one in self._series
            if name_of(one.key) in begin.stale
        }
        number = begin.number
        while number < end.number and self._series:
            changed = await self._turns.touched(self._series, number)
            for symbol, timeframe, touch in changed.touched:
                if touch.number <= end.number:
                    piece = Piece(touch.since, touch.until, touch.removed, touch.number)
                    pieces.setdefault(Key(symbol, touch.source, timeframe), []).append(piece)
            number = changed.reached
        return [
            (one, final)
            for one in self._series
            for piece in merged(pieces.get(one.key, []))
            if (final := below(piece, self._floors[one.key])) is not None
        ]

    async def _final(self) -> AsyncIterator[Step]:
        """Yields the bars that end after the place `begin` and by `end`, window by window."""
        end, floors, ends = self._end, self._floors, self._ends
        at = min(floors.values(), default=end.until)
        width = FIRST_WINDOW
        while at < end.until:
            until = min(at + width, end.until)
            requests = [_request(one, max(at, floors[one.key]), until) for one in self._series]
            displays = self._turns.displays
            readings = await self._turns.read(requests, displays, end.number)
            until = min([until, *(one.cut_at for one in readings if one and one.cut_at)])
            bars = [
                (one, bar)
                for one, reading in zip(self._series, readings, strict=True)
                for bar in (reading.bars if reading else ())
                if max(at, floors[one.key]) < bar.end <= min(until, ends[one.key])
            ]
            if len(bars) > MOST_BARS:
                until = sorted(bar.end for _, bar in bars)[MOST_BARS - 1]
            pending = self._pending(readings, until)
            final = [
                (one, Told(bar, True))
                for one, bar in bars
                if bar.end <= min(until, pending.get(one.key, until))
            ]
            if final:
                place = self._with_stale(_place(self._begin, end, until))
                yield events_of(final, displays), place
            at, width = until, _next_width(width, len(bars))

    def _pending(self, readings: Sequence[Reading | None], until: datetime) -> dict[Key, datetime]:
        """Returns the first time at which stored bars are behind their events, by series."""
        found: dict[Key, datetime] = {}
        for one, reading in zip(self._series, readings, strict=True):
            if reading is not None and reading.pending and reading.pending < until:
                found[one.key] = reading.pending
                self._leave_to_others(one, Piece(reading.pending, until))
        return found

    def _leave_to_others(self, series: Series, piece: Piece) -> None:
        """Has bars of a piece given to all once the stored ones are up to date."""
        self._postpone(series, piece)
        self._stale.setdefault(name_of(series.key), []).append(piece)

    def _with_stale(self, place: Place) -> Place:
        return with_stale(place, joined(place.stale, self._stale))


def _end_of(series: Series, end: Place) -> datetime:
    """Returns from where on the final bars of a series are given by others than this."""
    if series.begun is not None and series.born >= end.until:
        return series.begun
    return floor_of(end, series.key)


def _request(series: Series, since: datetime, until: datetime, with_gone: bool = False) -> Request:
    return Request(series.key, series.source, series.price, since, until, with_gone)


def _next_width(width: timedelta, bars: int) -> timedelta:
    if bars > MOST_BARS:
        return max(width / 4, FIRST_WINDOW)
    return min(width * 4, WIDEST_WINDOW) if bars < MOST_BARS / 8 else width


def _place(begin: Place, end: Place, at: datetime) -> Place:
    """Returns the place at which all bars up to `at` have been given."""
    if at >= begin.until:
        return Place(end.number, at)
    behind = {name: max(at, floor) for name, floor in begin.behind.items()}
    return Place(end.number, begin.until, behind)
