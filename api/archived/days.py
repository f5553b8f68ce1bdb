"""The days that the archive has and the database has not, as the database says.

Most pages meet none of them: a list that is a second old tells these apart without a question.
"""

import time
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from api.pool import Reader
from db import sql

FRESH_SECONDS = 1.0
DAY = timedelta(days=1)
ALL = (None,)


class Day(msgspec.Struct, frozen=True):
    """A day, in UTC, of a relation and the snapshot of the archive that has it."""

    relation: str
    day: date
    snapshot: int
    is_stored: bool  # the database has it still, but retention may drop it at any time

    @property
    def since(self) -> datetime:
        """Its first moment."""
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)

    @property
    def until(self) -> datetime:
        """Its end, exclusive."""
        return self.since + DAY

    def overlaps(self, start: datetime | None, end: datetime | None) -> bool:
        """Returns whether a part of it is in [start, end), in which None is open."""
        return (start is None or self.until > start) and (end is None or self.since < end)


class Range(msgspec.Struct, frozen=True):
    """A stretch of days, start <= ts < end."""

    start: datetime
    end: datetime


def stretches(days: Iterable[Day]) -> list[Range]:
    """Returns days, of whichever relations, as stretches of those that follow each other."""
    found: list[Range] = []
    for day in sorted(days, key=lambda one: one.day):
        if found and found[-1].end >= day.since:
            found[-1] = Range(found[-1].start, day.until)
        else:
            found.append(Range(day.since, day.until))
    return found


def multirange(days: Iterable[Day]) -> str:
    """Returns days as PostgreSQL writes them."""
    spans = (f"[{one.start.isoformat()},{one.end.isoformat()})" for one in stretches(days))
    return f"{{{','.join(spans)}}}"


def cover(days: Iterable[Day], start: datetime | None, end: datetime | None) -> bool:
    """Returns whether a window lies within days that follow each other."""
    if start is None or end is None:
        return False
    return any(span.start <= start and end <= span.end for span in stretches(days))


class Archived(NamedTuple):
    """Days of a window, and the files that describe the tables of the archive, by relation."""

    days: list[Day]
    locations: Mapping[str, str]

    @property
    def gone(self) -> list[Day]:
        """The days that the database has not."""
        return [day for day in self.days if not day.is_stored]


class Days:
    """Asks for the days, or remembers them."""

    def __init__(self, reader: Reader, fresh_seconds: float = FRESH_SECONDS) -> None:
        self._reader = reader
        self._fresh_seconds = fresh_seconds
        self._known: list[Day] = []
        self._read_at = -fresh_seconds

    async def concern(
        self, relations: Collection[str], start: datetime | None, end: datetime | None
    ) -> bool:
        """Returns whether a part of a window may be in the archive alone.

        Raises DatabaseAway, TooSlow or Busy, as read() does.
        """
        if (asked := time.monotonic()) - self._read_at >= self._fresh_seconds:
            self._known = (await self.read(ALL, None, None)).days
            self._read_at = asked
        return any(day.relation in relations and day.overlaps(start, end) for day in self._known)

    async def gone(
        self, relations: Collection[str], start: datetime | None, end: datetime | None
    ) -> Archived:
        """Returns the days of a window if it may have any that the database has not."""
        if not await self.concern(relations, start, end):
            return Archived([], {})
        return await self.read(relations, start, end)

    async def read(
        self, relations: Iterable[str | None], start: datetime | None, end: datetime | None
    ) -> Archived:
        """Returns the days of a window, of each relation oldest first; None is all relations."""
        values: dict[str, Any] = {
            "relations": sorted(relations, key=str),
            "start": start or "-infinity",
            "end": end or "infinity",
        }
        row = await self._reader.fetch_row(sql.load("api.archived", "days"), **values)
        assert row is not None
        return Archived(
            msgspec.json.decode(row[0], type=list[Day]),
            msgspec.json.decode(row[1], type=dict[str, str]),
        )
