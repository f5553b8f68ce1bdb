"""Bars between two places of a stream: what a client missed, or history.

First the revised ones, then window by window of time those that have become final, of all series at
once: so a place between is a time, whatever the number of series.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime, timedelta

from api.display import Display
from api.pool import Reader
from api.stream import bar_reads
from api.stream.bar_events import event_of
from api.stream.bar_followed import Followed
from api.stream.bar_pieces import Piece, below, merged
from api.stream.bar_places import floor_of, name_of
from api.stream.bar_reads import Request
from api.stream.bar_series import Bar, Key, Reading, Series, Told, revision
from api.stream.events import Event
from api.stream.subscription import Subscription
from api.stream.token import Place
from db.connect import DatabaseAway

AT_ONCE = 2  # readings by all clients that catch up
MOST_BARS = 2000  # in a message
MOST_PIECES = 200  # in a reading
FIRST_WINDOW = timedelta(seconds=5)
WIDEST_WINDOW = timedelta(days=3660)

Step = tuple[tuple[Event, ...], Place]


class Replay:
    """Readings for clients that catch up, a few at a time.

    `postpone` takes bars that are not final any more until the database has made them anew.
    """

    def __init__(
        self,
        reader: Reader,
        followed: Followed,
        displays: Callable[[], Sequence[Display]],
        postpone: Callable[[Series, Piece], None],
    ) -> None:
        self._reader = reader
        self._followed = followed
        self._displays = displays
        self._postpone = postpone
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def messages(
        self, subscription: Subscription, begin: Place, end: Place
    ) -> AsyncIterator[Step]:
        """Yields the bars after one place up to another in messages, each with its place.

        Raises DatabaseAway, TooSlow or Busy.
        """
        series = [one for one in self._followed.of(subscription) if one.begun is not None]
        shown = [(one, list(one.shown.values())) for one in series]
        if begin != end:
            async for step in self._revised(series, begin, end):
                yield step
            async for step in self._final(series, begin, end):
                yield step
        displays = tuple(self._displays())
        provisional = [
            event_of(one, Told(bar, False), displays) for one, bars in shown for bar in bars
        ]
        yield tuple(provisional), end

    async def _revised(
        self, series: Sequence[Series], begin: Place, end: Place
    ) -> AsyncIterator[Step]:
        """Yields the bars before the place `begin` that changes up to `end` touched."""
        found = await self._touched(series, begin, end)
        while found:
            events: list[Event] = []
            part, found = found[:MOST_PIECES], found[MOST_PIECES:]
            readings, displays = await self._read(
                _request(one, piece.since, piece.until, piece.removed) for one, piece in part
            )
            for (one, piece), reading in zip(part, readings, strict=True):
                if reading is None:
                    continue
                told, rest = revision(piece, reading)
                events += [event_of(one, bar, displays) for bar in told]
                if rest is not None and rest.since == reading.cut_at:
                    found.append((one, rest))
                elif rest is not None:
                    self._postpone(one, rest)
            number, stale = (begin.number, begin.stale) if found else (end.number, {})
            if events:
                yield tuple(events), Place(number, begin.until, begin.behind, stale)

    async def _touched(
        self, series: Sequence[Series], begin: Place, end: Place
    ) -> list[tuple[Series, Piece]]:
        pieces: dict[Key, list[Piece]] = {
            one.key: [Piece(*begin.stale[name_of(one.key)], True, begin.number)]
            for one in series
            if name_of(one.key) in begin.stale
        }
        number = begin.number or end.number  # of history nothing is revised
        while number < end.number and series:
            async with self._turn, self._reader.connection() as conn:
                changed = await bar_reads.changed(
                    conn,
                    number,
                    {one.key.symbol for one in series},
                    {one.key.symbol for one in series if one.price != "trade"},
                    {one.key.timeframe for one in series},
                )
            for symbol, timeframe, touch in changed.touched:
                if touch.number <= end.number:
                    piece = Piece(touch.since, touch.until, touch.removed, touch.number)
                    key = Key(symbol, touch.source, timeframe)
                    pieces.setdefault(key, []).append(piece)
            if changed.reached <= number:  # a replica that is behind
                raise DatabaseAway("the server has not yet what another one had")
            number = changed.reached
        return [
            (one, final)
            for one in series
            for piece in merged(pieces.get(one.key, []))
            if (final := below(piece, floor_of(begin, one.key))) is not None
        ]

    async def _final(
        self, series: Sequence[Series], begin: Place, end: Place
    ) -> AsyncIterator[Step]:
        """Yields the bars that end after the place `begin` and by `end`, window by window."""
        floors = {one.key: floor_of(begin, one.key) for one in series}
        ends = {one.key: _end_of(one, end) for one in series}
        at = min(floors.values(), default=end.until)
        width = FIRST_WINDOW
        while at < end.until:
            until = min(at + width, end.until)
            readings, displays = await self._read(
                _request(one, max(at, floors[one.key]), until) for one in series
            )
            until = min([until, *(one.cut_at for one in readings if one and one.cut_at)])
            bars = [
                (bar.end, one.key, one, bar)
                for one, reading in zip(series, readings, strict=True)
                if reading is not None
                for bar in reading.bars
                if max(at, floors[one.key]) < bar.end <= min(until, ends[one.key])
            ]
            bars.sort(key=lambda found: found[:2])
            if len(bars) > MOST_BARS:
                until = bars[MOST_BARS - 1][0]
                bars = [found for found in bars if found[0] <= until]
            final = self._settled(series, readings, bars, until)
            if final:
                events = tuple(event_of(one, Told(bar, True), displays) for one, bar in final)
                yield events, _place(begin, end, until)
            at, width = until, _next_width(width, len(bars))

    def _settled(
        self,
        series: Sequence[Series],
        readings: Sequence[Reading | None],
        bars: Sequence[tuple[datetime, Key, Series, Bar]],
        until: datetime,
    ) -> list[tuple[Series, Bar]]:
        """Returns the bars whose stored ones are up to date; the others are given later."""
        pending = {}
        for one, reading in zip(series, readings, strict=True):
            if reading is not None and reading.pending is not None and reading.pending < until:
                pending[one.key] = reading.pending
                self._postpone(one, Piece(reading.pending, until))
        return [(one, bar) for end, key, one, bar in bars if end <= pending.get(key, end)]

    async def _read(
        self, requests: Iterable[Request]
    ) -> tuple[list[Reading | None], Sequence[Display]]:
        displays = tuple(self._displays())
        async with self._turn, self._reader.connection() as conn:
            return await bar_reads.read(conn, list(requests), displays), displays


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
