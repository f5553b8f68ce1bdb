"""The archive as the API has it: pages over the database and the days that only the archive has.

The days are asked for again after each page was read: a day that retention drops meanwhile would
otherwise be missing from both.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, LiteralString, NamedTuple

from api.archived import bar_needs, needs
from api.archived.asked import Asked, BarsAsked
from api.archived.bar_needs import Bars
from api.archived.days import Archived, Day, Days, Range, stretches
from api.archived.packages import require
from api.archived.work import Work
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
        self._days = Days(reader) if settings.api_cache_ms else Days(reader, 0)
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

        async def read(archived: Archived) -> Page:
            return await self._events(kind, statement, values, archived)

        return await self._page({kind}, statement, values, read, live=live)

    async def bars(
        self, bars: Bars, statement: LiteralString, values: dict[str, Any], *, live: bool
    ) -> Page:
        """Returns a page of bars, the row of `statement`; raises as events() does.

        The newest bar of each symbol is the database's.
        """

        async def read(archived: Archived) -> Page:
            return await self._bars(bars, statement, values, archived)

        relations = () if values["share"] == bar_needs.EACH else bars.relations
        return await self._page(relations, statement, values, read, live=live)

    def close(self) -> None:
        """Lets the threads end."""
        self._work.close()

    async def _page(
        self,
        relations: Collection[str],
        statement: LiteralString,
        values: dict[str, Any],
        read: Callable[[Archived], Awaitable[Page]],
        *,
        live: bool,
    ) -> Page:
        start, end = needs.window(values)
        if not await self._days.concern(relations, start, end):
            fetch = self._reader.fetch_live_row if live else self._reader.fetch_row
            return Page(_found(await fetch(statement, **values)))
        archived = await self._days.read(relations, start, end)
        for _ in range(MOST_ROUNDS):
            page = await read(archived)
            known, archived = archived, await self._days.read(relations, start, end)
            if _names(archived.gone) <= _names(known.gone):
                return page
        raise ArchiveAway("Days leave the database while they are read; try again shortly.")

    async def _events(
        self, kind: str, statement: LiteralString, values: dict[str, Any], archived: Archived
    ) -> Page:
        row = _found(await self._reader.fetch_row(statement, **values))
        needed = needs.of_events(archived.gone, row, values)
        if not needed:
            return Page(row)
        if self._reading is None:
            return Page(row, stretches(needed))
        series = await self._series("series", values, needs.SERIES)
        location = archived.locations[kind]
        rows = await self._read(needs.asked(kind, row, values, needed, location, series))
        return Page(
            await self._merged(
                statement, f"merged_{kind}", values, rows=rows, gone=[day.day for day in needed]
            )
        )

    async def _bars(
        self, bars: Bars, statement: LiteralString, values: dict[str, Any], archived: Archived
    ) -> Page:
        row = _found(await self._reader.fetch_row(statement, **values))
        needed = bar_needs.of_bars(archived.gone, row, values)
        if not needed:
            return Page(row)
        if self._reading is None or not bars.is_made_of_candles:
            return Page(row, stretches(needed))
        series = bar_needs.series_of(await self._series("bar_series", values, bar_needs.SERIES))
        lacking = stretches(bars.lacking(series, needed))
        asked = bars.asked(row, values, needed, archived.locations, series)
        rows = await self._read(asked)
        return Page(await self._merged(statement, "merged_bars", values, rows=rows), lacking)

    async def _series(self, name: str, values: dict[str, Any], taken: Iterable[str]) -> str:
        statement = sql.load("api.archived", name)
        row = await self._reader.fetch_row(statement, **{name: values[name] for name in taken})
        return str(_found(row)[0])

    async def _merged(
        self, statement: LiteralString, name: str, values: dict[str, Any], **rows: object
    ) -> Row:
        merged = sql.load("api.archived", name)
        whole = statement.replace("select * from found", f"select * from ({merged}) as found")
        return _found(await self._reader.fetch_row(whole, **values, **rows))

    async def _read(self, asked: Asked | BarsAsked) -> str:
        reading = self._reading
        assert reading

        async def fetch() -> Row:
            try:
                return (await self._work.run(lambda task: reading.rows(task, asked)),)
            except reading.trouble as error:
                _AWAY.warn("archive away", error=f"{type(error).__name__}: {error}")
                raise ArchiveAway(AWAY) from error

        return str(_found(await self._flights.join(asked, fetch))[0])


def _names(days: list[Day]) -> set[tuple[str, object]]:
    return {(day.relation, day.day) for day in days}


def _found(row: Row | None) -> Row:
    assert row is not None
    return row
