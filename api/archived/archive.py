"""The archive as the API has it: pages over the database and the days that only the archive has.

The days are asked for again after each page was read: a day that retention drops meanwhile would
otherwise be missing from both.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, LiteralString, NamedTuple

from api.archived import needs
from api.archived.asked import Asked
from api.archived.days import Archived, Day, Days, Range, stretches
from api.archived.packages import require
from api.archived.work import Task, Work
from api.errors import ArchiveAway
from api.flights import Flights, Row
from api.pool import Reader
from api.settings import ApiSettings
from api.warnings import Seldom
from db import sql

if TYPE_CHECKING:
    from api.archived.reading import Reading

MOST_ROUNDS = 5  # as often may days leave the database while one page is read
AWAY = (
    "A part of this answer is in the archive alone, which cannot be read now; try again shortly,"
    " or ask for days that the database has."
)

_AWAY = Seldom(__name__)


class Page(NamedTuple):
    """The row of a statement, and the days that it lacks since only the archive has them."""

    row: Row
    lacking: Sequence[Range] = ()


class Archive:
    """Reads pages; without a warehouse it says which days they lack."""

    def __init__(self, settings: ApiSettings, reader: Reader) -> None:
        """Raises SettingsError if there is a warehouse, but not the packages that read it."""
        self._reader = reader
        self._days = Days(reader)
        limit_seconds = settings.api_timeout_ms / 1000
        self._flights = Flights(limit_seconds + 1)
        self._work = Work(limit_seconds)
        self._reading: Reading | None = None
        if settings.warehouse:
            require()
            from api.archived import reading  # whose packages take a second to import

            self._reading = reading.Reading()

    async def events(
        self, kind: str, statement: LiteralString, values: dict[str, Any], *, live: bool
    ) -> Page:
        """Returns a page of trades or quotes, the row of `statement`.

        Raises ArchiveAway if days are needed that cannot be read, and what the reader raises.
        """
        start, end = needs.window(values)
        if not await self._days.concern(kind, start, end):
            fetch = self._reader.fetch_live_row if live else self._reader.fetch_row
            return Page(_found(await fetch(statement, **values)))
        archived = await self._days.read(kind, start, end)
        for _ in range(MOST_ROUNDS):
            page = await self._events(kind, statement, values, archived)
            known, archived = archived, await self._days.read(kind, start, end)
            if {day.day for day in archived.gone} <= {day.day for day in known.gone}:
                return page
        raise ArchiveAway("Days leave the database while they are read; try again shortly.")

    def close(self) -> None:
        """Lets the threads end."""
        self._work.close()

    async def _events(
        self, kind: str, statement: LiteralString, values: dict[str, Any], archived: Archived
    ) -> Page:
        row = _found(await self._reader.fetch_row(statement, **values))
        needed = needs.of_events(archived.gone, row, values)
        if not needed:
            return Page(row)
        reading = self._reading
        if reading is None:
            return Page(row, stretches(needed))
        asked = await self._asked(kind, row, values, needed, archived.locations[kind])
        rows = await self._read(asked, lambda task: reading.events(task, asked))
        merged = statement.replace(
            "from found", f"from ({sql.load('api.archived', f'merged_{kind}')}) as found"
        )
        gone = [day.day for day in needed]
        return Page(_found(await self._reader.fetch_row(merged, **values, rows=rows, gone=gone)))

    async def _asked(
        self, kind: str, row: Row, values: dict[str, Any], days: list[Day], location: str
    ) -> Asked:
        names = ("symbols", "source", "after_symbol", "after_source")
        series = _found(
            await self._reader.fetch_row(
                sql.load("api.archived", "series"), **{name: values[name] for name in names}
            )
        )
        return needs.asked(kind, row, values, days, location, series[0])

    async def _read(self, asked: Asked, read: Callable[[Task], str]) -> str:
        assert self._reading
        trouble = self._reading.trouble

        async def fetch() -> Row:
            try:
                return (await self._work.run(read),)
            except trouble as error:
                _AWAY.warn("archive away", error=f"{type(error).__name__}: {error}")
                raise ArchiveAway(AWAY) from error

        row = await self._flights.join(asked, fetch)
        return str(_found(row)[0])


def _found(row: Row | None) -> Row:
    assert row is not None
    return row
