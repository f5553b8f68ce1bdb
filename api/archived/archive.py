"""The archive as the API has it: pages over the database and the days that only the archive has.

The days are asked for again after each page was read: a day that retention drops meanwhile would
otherwise be missing from both.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any, LiteralString, NamedTuple

from api.archived import bar_needs, needs, whole
from api.archived.bar_needs import Bars
from api.archived.days import Archived, Day, Days, Range, multirange, stretches
from api.archived.rows import Rows
from api.archived.whole import PageOfBars
from api.errors import ArchiveAway, ArchivedOnly
from api.flights import Row
from api.pool import Reader
from api.settings import ApiSettings
from db import sql
from db.tables.table import Table

MOST_SPANS = 3  # named in an error
MOST_ROUNDS = 5  # as often may days leave the database while one page is read


class Page(NamedTuple):
    """The row of a statement, and the days that it lacks since only the archive has them."""

    row: Row
    lacking: Sequence[Range] = ()


class Extra(NamedTuple):
    """Rows of the archive, in JSON, and the days that they are of."""

    rows: str
    gone: list[date]


class Archive:
    """Reads pages; without a warehouse it says which days they lack."""

    def __init__(self, settings: ApiSettings, reader: Reader) -> None:
        """Raises SettingsError if there is a warehouse, but not the packages that read it."""
        self._reader = reader
        self._days = Days(reader) if settings.api_cache_ms else Days(reader, 0)
        self._rows = Rows(settings, reader)

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

    async def extra_events(
        self, kind: str, statement: LiteralString, values: dict[str, Any]
    ) -> Extra | None:
        """Returns what a page of trades or quotes needs beside the database's part, if anything.

        Raises ArchivedOnly if there is no warehouse, ArchiveAway, and what the reader raises.
        """
        archived = await self._gone({kind}, values)
        if not archived.gone:
            return None
        row = _found(await self._reader.fetch_row(statement, **values))
        if not (needed := needs.of_events(archived.gone, row, values)):
            return None
        if not self._rows.has_warehouse:
            raise refusal(needed)
        rows = await self._rows.of_events(kind, row, values, needed, archived)
        return Extra(rows, [day.day for day in needed])

    async def extra_bars(
        self, bars: Bars, statement: LiteralString, values: dict[str, Any]
    ) -> Extra | None:
        """Returns what a page of bars needs beside the database's part; as extra_events()."""
        archived = await self._gone(bars.relations, values)
        if not archived.gone:
            return None
        row = _found(await self._reader.fetch_row(statement, **values))
        if not (needed := bar_needs.of_bars(archived.gone, row, values)):
            return None
        if not self._rows.has_warehouse or not bars.is_made_of_candles:
            raise refusal(needed)
        rows, lacking = await self._rows.of_bars(bars, row, values, needed, archived)
        if lacking:
            raise refusal(lacking)
        return Extra(rows, [])

    async def whole_events(self, kind: str, table: Table) -> Table:
        """Returns an export of trades or quotes with the days that only the archive has.

        Raises ArchivedOnly if there is no warehouse, and what the reader raises.
        """
        archived = await self._gone({kind}, table.values)
        if not archived.gone:
            return table
        if not self._rows.has_warehouse:
            raise refusal(archived.gone)
        return table._replace(
            values={**table.values, "gone": multirange(archived.gone)},
            pieces=whole.Events(kind, archived, self._days, self._rows),
        )

    async def whole_bars(
        self, bars: Bars, table: Table, values: dict[str, Any], page: PageOfBars
    ) -> Table:
        """Returns an export of bars with the days that only the archive has, made of `page`.

        Raises ArchivedOnly if bars of these days cannot be made, and what the reader raises.
        """
        archived = await self._gone(bars.relations, table.values)
        if not archived.gone:
            return table
        if not self._rows.has_warehouse or not bars.is_made_of_candles:
            raise refusal(archived.gone)
        if lacking := await self._rows.lacking(bars, values, archived.gone):
            raise refusal(lacking)
        assert bars.seconds
        return table._replace(
            pieces=whole.Bars(bars.relations, archived, self._days, bars.seconds, page)
        )

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
        row = _found(await self._reader.fetch_row(statement, **values))
        needed = bar_needs.of_bars(archived.gone, row, values)
        if not needed:
            return Page(row)
        if not self._rows.has_warehouse or not bars.is_made_of_candles:
            return Page(row, stretches(needed))
        rows, lacking = await self._rows.of_bars(bars, row, values, needed, archived)
        merged = await self._merged(statement, "merged_bars", values, rows=rows)
        return Page(merged, stretches(lacking))

    async def _gone(self, relations: Collection[str], values: Mapping[str, Any]) -> Archived:
        start, end = needs.window(values)
        if not await self._days.concern(relations, start, end):
            return Archived([], {})
        return await self._days.read(relations, start, end)

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


def refusal(days: list[Day]) -> ArchivedOnly:
    """Returns the error that names days which only the archive has."""
    spans = ", ".join(
        f"{span.start:%Y-%m-%d} to {span.end:%Y-%m-%d}" for span in stretches(days)[:MOST_SPANS]
    )
    return ArchivedOnly(
        f"Only the archive has {spans} (end exclusive), and this answer cannot be made of it: ask"
        " for pages (JSON, or a limit), or bring the days back with `stockpulse restore`."
    )


def _names(days: list[Day]) -> set[tuple[str, object]]:
    return {(day.relation, day.day) for day in days}


def _found(row: Row | None) -> Row:
    assert row is not None
    return row
