"""The archive as the API has it: pages over the database and the days that only the archive has.

The days are asked for again after each page was read: a day that retention drops meanwhile would
otherwise be missing from both.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

from api.archived import bar_needs, needs
from api.archived.bar_needs import Bars
from api.archived.days import Archived, Day, Days, Range, cover, stretches
from api.archived.refusals import refusal_of
from api.archived.rows import Rows
from api.archived.tables import Tables
from api.errors import ArchiveAway
from api.flights import Row
from api.pool import Reader
from api.settings import ApiSettings
from db import sql

INSTEAD_OF_A_DIALECT = "ask /v1, which leaves them out"
NOTHING: Row = (None,) * 12  # in place of a part of a page in which there can be hardly anything
MOST_ROUNDS = 5  # as often may days leave the database while one page is read


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
        self._rows = Rows(settings, reader)
        self.tables = Tables(reader, self._days, self._rows)

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

    async def gone(
        self, relations: Collection[str], start: datetime | None, end: datetime | None
    ) -> list[Day]:
        """Returns the days of a window that only the archive has; raises as the reader does."""
        return (await self._days.gone(relations, start, end)).gone

    def close(self) -> None:
        """Lets the threads end."""
        self._rows.close()

    async def _page(
        self,
        relations: Collection[str],
        statement: LiteralString,
        values: dict[str, Any],
        read: Callable[[Archived], Awaitable[Page]],
        *,
        live: bool,
    ) -> Page:
        start, end = needs.reach(values)
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
        row = await self._part(statement, values, archived)
        needed = needs.of_events(archived.gone, row, values)
        if not needed and row is not NOTHING:
            return Page(row)
        if not self._rows.has_warehouse:
            return Page(row, stretches(needed))
        rows = await self._rows.of_events(kind, row, values, needed, archived)
        return Page(
            await self._merged(
                statement, f"merged_{kind}", values, rows=rows, gone=[day.day for day in needed]
            )
        )

    async def _bars(
        self, bars: Bars, statement: LiteralString, values: dict[str, Any], archived: Archived
    ) -> Page:
        row = await self._part(statement, values, archived, is_made=bars.is_made_of_candles)
        needed = bar_needs.of_bars(archived.gone, row, values)
        if not needed and row is not NOTHING:
            return Page(row)
        if not self._rows.has_warehouse or not bars.is_made_of_candles:
            return Page(row, stretches(needed))
        found = await self._rows.of_bars(bars, row, values, needed, archived)
        known = values | {"price": found.price}  # which takes time to find
        merged = await self._merged(statement, "merged_bars", known, rows=found.rows)
        return Page(merged, stretches(found.lacking))

    async def _part(
        self,
        statement: LiteralString,
        values: dict[str, Any],
        archived: Archived,
        *,
        is_made: bool = True,
    ) -> Row:
        """Returns the database's part of a page, by which the rest is known."""
        if self._rows.has_warehouse and is_made and cover(archived.gone, *needs.reach(values)):
            return NOTHING
        return _found(await self._reader.fetch_row(statement, **values))

    async def _merged(
        self, statement: LiteralString, name: str, values: dict[str, Any], **rows: object
    ) -> Row:
        whole = merged(statement, name)
        return _found(await self._reader.fetch_row(whole, **values, **rows))


def merged(statement: LiteralString, name: str, end: LiteralString = "") -> LiteralString:
    """Returns the statement of a page over what it finds and the rows of the archive.

    `name` is that of the statement which merges the two, `end` comes after it.
    """
    text = sql.load("api.archived", name)
    return statement.replace("select * from found", f"select * from ({text}{end}) as found")


def whole_row(page: Page) -> Row:
    """Returns the row of a page in a dialect that cannot say what it lacks.

    Raises ArchivedOnly if it lacks days.
    """
    if page.lacking:
        raise refusal_of(page.lacking, INSTEAD_OF_A_DIALECT)
    return page.row


def _names(days: list[Day]) -> set[tuple[str, object]]:
    return {(day.relation, day.day) for day in days}


def _found(row: Row | None) -> Row:
    assert row is not None
    return row
