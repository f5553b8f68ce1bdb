"""Bars between two places of a stream: what a client missed, or history.

First the revised ones, then window by window of time those that have become final, of all series at
once: so a place between is a time, whatever the number of series.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from api.display import Display
from api.pool import Reader
from api.stream import bar_reads
from api.stream.bar_events import event_of
from api.stream.bar_followed import Followed
from api.stream.bar_pieces import Piece, below, merged
from api.stream.bar_places import floor_of, name_of
from api.stream.bar_reads import Request
from api.stream.bar_series import Key, Reading, Series, Told, revision
from api.stream.events import Event
from api.stream.subscription import Subscription
from api.stream.token import Place
from db.connect import DatabaseAway

AT_ONCE = 2  # readings by all clients that catch up
MOST_BARS = 1000  # in a message
MOST_REQUESTS = 200  # in a reading
FIRST_WINDOW = timedelta(seconds=5)
WIDEST_WINDOW = timedelta(days=3660)

IS_BEHIND = "the server has not yet what another one had"

Step = tuple[tuple[Event, ...], Place]
Waiting = dict[str, tuple[datetime, datetime]]  # pieces by the name of the series, see Place.stale


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
        waiting: Waiting = {}
        if begin != end:
            if begin.number > end.number:
                raise DatabaseAway(IS_BEHIND)
            async for events, place in self._missed(series, begin, end, waiting):
                yield events, msgspec.structs.replace(place, stale=place.stale | waiting)
        displays = tuple(self._displays())
        provisional = [
            event_of(one, Told(bar, False), displays) for one, bars in shown for bar in bars
        ]
        yield tuple(provisional), msgspec.structs.replace(end, stale=end.stale | waiting)

    async def _missed(
        self, series: Sequence[Series], begin: Place, end: Place, waiting: Waiting
    ) -> AsyncIterator[Step]:
        async for step in self._revised(series, begin, end, waiting):
            yield step
        async for step in self._final(series, begin, end, waiting):
            yield step

    async def _revised(
        self, series: Sequence[Series], begin: Place, end: Place, waiting: Waiting
    ) -> AsyncIterator[Step]:
        """Yields the bars before the place `begin` that changes up to `end` touched."""
        found = await self._touched(series, begin, end)
        while found:
            events: list[Event] = []
            part, found = found[:MOST_REQUESTS], found[MOST_REQUESTS:]
            requests = [
                _request(one, piece.since, piece.until, piece.removed) for one, piece in part
            ]
            readings, displays = await self._read(requests, end)
            for (one, piece), reading in zip(part, readings, strict=True):
                if reading is None:
                    continue
                told, rest = revision(piece, reading)
                events += [event_of(one, bar, displays) for bar in told]
                if rest is not None and rest.since == reading.cut_at:
                    found.append((one, rest))
                elif rest is not None:
                    self._leave_to_others(one, rest, waiting)
            number, stale = (begin.number, begin.stale) if found else (end.number, {})
            if events:
                yield tuple(events), Place(number, begin.until, begin.behind, stale)

    async def _touched(
        self, series: Sequence[Series], begin: Place, end: Place
    ) -> list[tuple[Series, Piece]]:
        """Returns the pieces of final bars that the changes between two places touched."""
        pieces: dict[Key, list[Piece]] = {
            one.key: [Piece(*begin.stale[name_of(one.key)], True, begin.number)]
            for one in series
            if name_of(one.key) in begin.stale
        }
        number = begin.number or end.number  # of history nothing is revised
        while number < end.number and series:
            async with self._turn, self._reader.checked_connection() as conn:
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
            if changed.reached <= number:
                raise DatabaseAway(IS_BEHIND)
            number = changed.reached
        return [
            (one, final)
            for one in series
            for piece in merged(pieces.get(one.key, []))
            if (final := below(piece, floor_of(begin, one.key))) is not None
        ]

    async def _final(
        self, series: Sequence[Series], begin: Place, end: Place, waiting: Waiting
    ) -> AsyncIterator[Step]:
        """Yields the bars that end after the place `begin` and by `end`, window by window."""
        floors = {one.key: floor_of(begin, one.key) for one in series}
        ends = {one.key: _end_of(one, end) for one in series}
        at = min(floors.values(), default=end.until)
        width = FIRST_WINDOW
        while at < end.until:
            until = min(at + width, end.until)
            requests = [_request(one, max(at, floors[one.key]), until) for one in series]
            readings, displays = await self._read(requests, end)
            until = min([until, *(one.cut_at for one in readings if one and one.cut_at)])
            bars = sorted(
                (bar.end, one.key, one, bar)
                for one, reading in zip(series, readings, strict=True)
                for bar in (reading.bars if reading else ())
                if max(at, floors[one.key]) < bar.end <= min(until, ends[one.key])
            )
            if len(bars) > MOST_BARS:
                until = bars[MOST_BARS - 1][0]
            pending = self._pending(series, readings, until, end.number, waiting)
            events = tuple(
                event_of(one, Told(bar, True), displays)
                for bar_end, key, one, bar in bars
                if bar_end <= min(until, pending.get(key, until))
            )
            if events:
                yield events, _place(begin, end, until)
            at, width = until, _next_width(width, len(bars))

    def _pending(
        self,
        series: Sequence[Series],
        readings: Sequence[Reading | None],
        until: datetime,
        number: int,
        waiting: Waiting,
    ) -> dict[Key, datetime]:
        """Returns the first time at which stored bars are behind their events, by series."""
        found: dict[Key, datetime] = {}
        for one, reading in zip(series, readings, strict=True):
            if reading is not None and reading.pending and reading.pending < until:
                found[one.key] = reading.pending
                piece = Piece(reading.pending, until, False, number)
                self._leave_to_others(one, piece, waiting)
        return found

    def _leave_to_others(self, series: Series, piece: Piece, waiting: Waiting) -> None:
        """Has bars of a piece given to all once the stored ones are up to date."""
        self._postpone(series, piece)
        name = name_of(series.key)
        since, until = waiting.get(name, piece[:2])
        waiting[name] = min(since, piece.since), max(until, piece.until)

    async def _read(
        self, requests: Sequence[Request], end: Place
    ) -> tuple[list[Reading | None], Sequence[Display]]:
        """Returns readings as of `end` or later, and the displays of their bars."""
        displays = tuple(self._displays())
        readings: list[Reading | None] = []
        for part in _batched(requests, MOST_REQUESTS):
            async with self._turn, self._reader.checked_connection() as conn:
                if (await bar_reads.changed(conn, None, (), (), ())).newest < end.number:
                    raise DatabaseAway(IS_BEHIND)
                readings += await bar_reads.read(conn, part, displays)
        return readings, displays


def _batched(requests: Sequence[Request], size: int) -> Iterator[Sequence[Request]]:
    """Yields the requests in parts."""
    for first in range(0, len(requests), size):
        yield requests[first : first + size]


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
