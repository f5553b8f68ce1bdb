"""A series of bars that is followed: what of it is to be read next, and what a reading tells.

Nothing here makes bars or knows the widths of buckets; the database does.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from api.stream.bar_pieces import Piece, below, merged
from api.stream.subscription import PROVISIONAL

RETRY = timedelta(seconds=1)  # until bars that wait for their feed or a refresh are read again
MOST_PIECES = 20  # of a series in one reading
GONE = ',"o":null,"h":null,"l":null,"c":null,"v":null,"n":0,"vw":null'


class Key(NamedTuple):
    """Names a series; a source of None is the one that a query without a source means."""

    symbol: str
    source: str | None
    timeframe: str


class Touch(NamedTuple):
    """Adjacent buckets that a change touched."""

    number: int
    kind: str  # trade or quote
    source: str
    since: datetime
    until: datetime
    first_end: datetime  # end of the first bucket
    removed: bool


class Bar(NamedTuple):
    """A bar as the database wrote it: the members of its JSON, one text per display."""

    start: datetime
    end: datetime
    texts: tuple[str, ...]
    is_gone: bool = False  # there is none any more


class Reading(NamedTuple):
    """The bars of a request in order of time."""

    source: str
    price: str
    settled: datetime
    pending: datetime | None  # the first moment at which stored bars are behind their events
    bars: list[Bar]
    cut_at: datetime | None = None  # the end of the last one, if there are more

    @property
    def limit(self) -> datetime:
        """The time by which a bar has to end to be final."""
        return self.settled if self.pending is None else min(self.settled, self.pending)


class Told(NamedTuple):
    """A bar to tell the clients of."""

    bar: Bar
    is_final: bool
    is_revised: bool = False


class Series:
    """The state of a series: up to where it has been given, and what is still to be."""

    def __init__(self, key: Key, born: datetime) -> None:
        self.key = key
        self.born = born  # bars that end later are given
        self.source = key.source
        self.price: str | None = None
        self.followers: Counter[str] = Counter()  # by channel
        self.begun: datetime | None = None  # or an earlier time; None: it has not been read yet
        self.floor: datetime | None = None  # final bars up to here have been given
        self.open_since: datetime | None = born  # the first bar that is not final; None: none
        self.open_end: datetime | None = born  # its end, or an earlier time at which to look
        self.dirty: list[Piece] = []  # before the floor
        self.shown: dict[datetime, Bar] = {}  # provisional bars as they were told last
        self.read_in = 0  # the round of its last reading
        self._is_touched = False
        self._look_at: datetime | None = None  # at what waits; None: at once
        self._revise_at: datetime | None = None

    def touch(self, touch: Touch) -> None:
        """Notes what a change has touched."""
        if not self._concerns(touch):
            return
        if touch.kind == "trade" and self.price != "trade":
            self.price = None  # of quotes alone so far
        floor, since = self.floor or self.born, touch.since
        if self.floor is None:  # nothing was known of it, if it has been read
            self.open_since = self.open_end = self.born
        elif touch.until > floor:
            self._is_touched = True
            if self.open_since is None or since < self.open_since:
                self.open_since, self.open_end = max(since, floor), max(touch.first_end, floor)
                self._look_at = None
        if since < floor:
            until = min(touch.until, floor)
            self.postpone(Piece(since, until, touch.removed, touch.number))

    def postpone(self, piece: Piece) -> None:
        """Has the final bars of a piece given again, once they are final."""
        self.dirty.append(piece)
        self._revise_at = None

    def _concerns(self, touch: Touch) -> bool:
        if self.source not in (None, touch.source):
            return False
        return touch.kind == "trade" or self.price != "trade"

    def lift(self, now: datetime) -> None:
        """Has bars that end by now and are not awaited count as given.

        A client that joins may read them by itself, and is not to get them as final a second time.
        """
        if self.floor is not None:
            self.floor = max(self.floor, min(self.open_since or now, now))

    def is_due(self, now: datetime) -> bool:
        """Returns whether the bars that are not final are to be read."""
        if self._is_touched and self.followers[PROVISIONAL]:
            return True
        return self.is_behind(now) and (self._look_at is None or self._look_at <= now)

    def look(self) -> None:
        """Has what waits looked at with the next reading."""
        self._look_at = self._revise_at = None

    def is_behind(self, now: datetime) -> bool:
        """Returns whether a bar that has ended is not final yet."""
        return self.open_end is not None and self.open_end <= now

    def due_pieces(self, now: datetime) -> list[Piece]:
        """Returns the pieces of final bars to read."""
        self.dirty = merged(self.dirty)
        if self._revise_at is not None and self._revise_at > now:
            return []
        return self.dirty[:MOST_PIECES]

    def due_at(self) -> datetime | None:
        """Returns when it is to be read if nothing changes until then."""
        times = []
        if self.open_end is not None:
            times.append(max(self.open_end, self._look_at or self.open_end))
        if self.dirty:
            times.append(self._revise_at or self.born)
        return min(times, default=None)

    def advance(self, reading: Reading | None, now: datetime) -> list[Told]:
        """Returns what the bars from `open_since` on tell; None: nothing is known of the symbol."""
        self._is_touched = False
        if reading is None:
            self.begun = self.born
            self.open_since = self.open_end = None
            return []
        self.source, self.price = reading.source, reading.price
        floor = self._begin(reading) if self.floor is None else self.floor
        bars = [bar for bar in reading.bars if bar.end > floor]
        final = [bar for bar in bars if bar.end <= reading.limit]
        unfinished = bars[len(final) :]
        self.floor = final[-1].end if final else floor
        self._wait(reading, unfinished, now)
        return [Told(bar, True) for bar in final] + self._show(unfinished)

    def _begin(self, reading: Reading) -> datetime:
        """Returns from where on bars are given, by a feed that lags from an earlier time on."""
        floor = min(self.born, reading.settled)
        self.begun = self.begun or floor
        pieces = (below(piece, floor) for piece in self.dirty)
        self.dirty = [piece for piece in pieces if piece is not None]
        return floor

    def _wait(self, reading: Reading, unfinished: list[Bar], now: datetime) -> None:
        """Notes the first bar that is not final, and when to look at it."""
        assert self.floor is not None
        self.open_since = self.open_end = self._look_at = None
        if unfinished:
            self.open_since, self.open_end = unfinished[0].start, unfinished[0].end
        if reading.cut_at and not unfinished:
            self.open_since = self.open_end = self.floor
        elif reading.pending is not None:
            since = max(reading.pending, self.floor)
            self.open_since = min(self.open_since or since, since)
            self.open_end = now
            self._look_at = now + RETRY
        elif self.is_behind(now):
            self._look_at = now + RETRY

    def _show(self, unfinished: list[Bar]) -> list[Told]:
        """Returns the provisional bars that differ from those told last, or are gone."""
        if not self.followers[PROVISIONAL]:
            return []
        assert self.floor is not None
        before, self.shown = self.shown, {bar.start: bar for bar in unfinished}
        gone = [
            _without_prices(bar)
            for start, bar in before.items()
            if start not in self.shown and bar.end > self.floor
        ]
        return [Told(bar, False) for bar in gone + _changed(unfinished, before)]

    def revise(self, piece: Piece, reading: Reading | None, now: datetime) -> list[Told]:
        """Returns what the final bars of a piece tell; what is not final yet stays to be read."""
        if piece not in self.dirty or reading is None:  # not final any more, or not known
            return []
        self.dirty.remove(piece)
        told, rest = revision(piece, reading)
        if rest is not None:
            self.dirty.append(rest)
            self._revise_at = None if rest.since == reading.cut_at else now + RETRY
        return told


def revision(piece: Piece, reading: Reading) -> tuple[list[Told], Piece | None]:
    """Returns the final bars of a piece, and the rest that is not final, or was cut off."""
    limit = min(reading.limit, reading.cut_at or reading.limit)
    told = [Told(bar, True, True) for bar in reading.bars if bar.end <= limit]
    if limit >= piece.until:
        return told, None
    return told, piece._replace(since=max(piece.since, limit))


def _changed(bars: list[Bar], before: Mapping[datetime, Bar]) -> list[Bar]:
    return [
        bar
        for bar in bars
        if (known := before.get(bar.start)) is None or known.texts[0] != bar.texts[0]
    ]


def _without_prices(bar: Bar) -> Bar:
    texts = tuple(text.partition(',"o":')[0] + GONE for text in bar.texts)
    return bar._replace(texts=texts, is_gone=True)
