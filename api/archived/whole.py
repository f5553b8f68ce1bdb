"""Exports of whole windows: days that only the archive has, between those of the database.

Rows of the archive are given to PostgreSQL some thousands at a time, so that it writes them as it
writes its own. A day that leaves the database before it was read ends the export.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import msgspec

from api.archived import needs
from api.archived.asked import Asked, Series, Span
from api.archived.days import DAY, Archived, Day, Days, Range, stretches
from api.archived.rows import Rows
from api.errors import ArchiveAway
from api.page_token import EventPosition
from api.patience import patiently
from db import sql
from db.tables.table import Table

EVENTS_AT_ONCE = 5_000
BARS_AT_ONCE = 10_000

PageOfBars = Callable[[str, Range], Awaitable[Table]]


class Stretch(NamedTuple):
    """A part of a window; its days are those that only the archive has."""

    start: datetime
    end: datetime | None
    days: list[Day]


def divided(
    days: Iterable[Day], start: datetime, end: datetime | None, *, descending: bool
) -> list[Stretch]:
    """Returns a window as stretches in its order, some of the database, some of the archive."""
    found, at = [], start
    gone = sorted((day for day in days if day.overlaps(start, end)), key=lambda day: day.day)
    for span in stretches(gone):
        if at < span.start:
            found.append(Stretch(at, span.start, []))
        first, last = max(at, span.start), span.end if end is None else min(span.end, end)
        found.append(Stretch(first, last, [day for day in gone if span.start <= day.since < last]))
        at = span.end
    if end is None or at < end:
        found.append(Stretch(at, end, []))
    return found[::-1] if descending else found


class Pieces:
    """The tables that make an export, as the days were when it was asked for."""

    def __init__(self, relations: Collection[str], archived: Archived, days: Days) -> None:
        self._relations = relations
        self._archived = archived
        self._days = days

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self._archived.gone}"

    async def of_database(self, table: Table, stretch: Stretch) -> AsyncIterator[Table]:
        """Yields a table of a stretch of the database; raises ArchiveAway if days left it.

        Chunks that were read are locked until the end of the export: what is gone afterwards was
        gone before.
        """
        yield table
        read = partial(self._days.read, self._relations, stretch.start, stretch.end)
        if (await patiently(read)).gone:
            raise ArchiveAway("Days left the database while they were exported; try again.")


class Events(Pieces):
    """The pieces of a part of an export of trades or quotes."""

    def __init__(self, kind: str, archived: Archived, days: Days, rows: Rows) -> None:
        super().__init__({kind}, archived, days)
        self._kind = kind
        self._rows = rows
        self._statement = sql.load("api.archived", f"{kind.removesuffix('s')}_rows")

    async def __call__(self, part: Table) -> AsyncIterator[Table]:
        """Yields the tables of a part; raises ArchiveAway, and what the reader raises."""
        first, end = part.values["first_ts"], part.values["end_ts"]
        for one in divided(self._archived.gone, first, end, descending=part.descending):  # type: ignore[arg-type]
            if one.days:
                async for rows in self._read(self._asked(part, one)):
                    yield part._replace(statement=self._statement, values={"rows": rows}, order=())
            else:
                values = {**part.values, "first_ts": one.start, "end_ts": one.end}
                async for table in self.of_database(part._replace(values=values), one):
                    yield table

    def _asked(self, part: Table, stretch: Stretch) -> Asked:
        values: Any = part.values
        start, end = needs.window(values)
        symbols = (values["symbol"], *values["others"])
        return Asked(
            kind=self._kind,
            series=(
                Series(values["asked"], values["source"], symbols, stretch.start, stretch.end),
            ),
            days=tuple(stretch.days),
            location=self._archived.locations[self._kind],
            span=Span(start, values["start_ns"], end, values["end_ns"]),
            descending=part.descending,
            each=False,
            most=EVENTS_AT_ONCE,
            after=None,
            last=None,
        )

    async def _read(self, asked: Asked) -> AsyncIterator[str]:
        """Yields lists of rows, each after the one before."""
        while True:
            text = await patiently(partial(self._rows.read, asked))
            found = msgspec.json.decode(text, type=list[msgspec.Raw])
            if found:
                yield text
            if len(found) < asked.most:
                return
            after = _last(found).counted(asked.after)
            asked = msgspec.structs.replace(asked, after=after)


class Bars(Pieces):
    """The pieces of an export of bars, symbol by symbol."""

    def __init__(
        self,
        relations: Collection[str],
        archived: Archived,
        days: Days,
        seconds: int,
        page: PageOfBars,
    ) -> None:
        super().__init__(relations, archived, days)
        self._most = max(1, BARS_AT_ONCE * seconds // int(DAY.total_seconds())) * DAY
        self._page = page

    async def __call__(self, whole: Table) -> AsyncIterator[Table]:
        """Yields the tables of an export; raises ArchiveAway, and what the reader raises."""
        values: Any = whole.values
        start, end = needs.window(values)
        assert start
        for symbol in values["symbols"]:
            for one in divided(self._archived.gone, start, end, descending=values["newest_first"]):
                if one.days:
                    for span in _some(one, self._most, descending=values["newest_first"]):
                        yield await patiently(partial(self._page, symbol, span))
                else:
                    narrowed = {"symbols": [symbol], "start": one.start}
                    narrowed["end"] = one.end or values["end"]
                    table = whole._replace(values={**values, **narrowed})
                    async for piece in self.of_database(table, one):
                        yield piece


class _Key(msgspec.Struct):
    """The members of a row by which it has its place."""

    symbol: str
    source: str
    ts: str
    ns: int
    seq: int
    tick_id: str | None


def _last(rows: list[msgspec.Raw]) -> EventPosition:
    """Returns the place of the last row."""
    last, ties = msgspec.json.decode(rows[-1], type=_Key), 0
    for row in reversed(rows):
        if msgspec.json.decode(row, type=_Key) != last:
            break
        ties += 1
    return EventPosition(
        last.symbol,
        last.source,
        datetime.fromisoformat(last.ts),
        last.ns,
        last.seq,
        last.tick_id,
        ties,
    )


def _some(stretch: Stretch, most: timedelta, *, descending: bool) -> list[Range]:
    """Returns a stretch of the archive, which begins and ends with days, in so long ranges."""
    assert stretch.end
    found, at = [], stretch.start
    while at < stretch.end:
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
        end = min(midnight + most, stretch.end)
        found.append(Range(at, end))
        at = end
    return found[::-1] if descending else found
