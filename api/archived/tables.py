"""Flat tables over both: pages with rows of the archive, and exports of whole windows."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, LiteralString, NamedTuple

from api.archived import bar_needs, needs, whole
from api.archived.bar_needs import Bars
from api.archived.days import Archived, Days, multirange
from api.archived.refusals import refusal
from api.archived.rows import Rows
from api.archived.whole import PageOfBars
from api.flights import Row
from api.pool import Reader
from db.tables.table import Table


class Extra(NamedTuple):
    """Rows of the archive, in JSON, and the days that they are of."""

    rows: str
    gone: list[date]


class Tables:
    """Adds to tables what they need beside the database's part."""

    def __init__(self, reader: Reader, days: Days, rows: Rows) -> None:
        self._reader = reader
        self._days = days
        self._rows = rows

    async def extra_events(
        self, kind: str, statement: LiteralString, values: dict[str, Any]
    ) -> Extra | None:
        """Returns what a page of trades or quotes needs beside the database's part, if anything.

        Raises ArchivedOnly if there is no warehouse, ArchiveAway, and what the reader raises.
        """
        archived = await self._gone({kind}, values)
        if not archived.gone:
            return None
        row = await self._part(statement, values)
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
        row = await self._part(statement, values)
        if not (needed := bar_needs.of_bars(archived.gone, row, values)):
            return None
        if not self._rows.has_warehouse or not bars.is_made_of_candles:
            raise refusal(needed)
        found = await self._rows.of_bars(bars, row, values, needed, archived)
        if found.lacking:
            raise refusal(found.lacking)
        return Extra(found.rows, [])

    async def whole_events(self, kind: str, table: Table) -> Table:
        """Returns an export of trades or quotes with the days that only the archive has.

        Raises ArchivedOnly if there is no warehouse, and what the reader raises.
        """
        archived = await self._gone({kind}, table.values)
        if not archived.days:
            return table
        if archived.gone and not self._rows.has_warehouse:
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
        if not archived.days:
            return table
        if gone := archived.gone:
            is_made = self._rows.has_warehouse and bars.is_made_of_candles
            lacking = await self._rows.lacking(bars, values, gone) if is_made else gone
            if lacking:
                raise refusal(lacking)
        seconds = bars.seconds or bars.level_seconds
        return table._replace(
            pieces=whole.Bars(bars.relations, archived, self._days, seconds, page)
        )

    async def _part(self, statement: LiteralString, values: dict[str, Any]) -> Row:
        row = await self._reader.fetch_row(statement, **values)
        assert row is not None
        return row

    async def _gone(self, relations: Collection[str], values: Mapping[str, Any]) -> Archived:
        return await self._days.gone(relations, *needs.reach(values))
