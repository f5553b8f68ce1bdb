"""Rows of archived days for a page, read once for equal questions at the same time."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from api.archived import bar_needs, needs
from api.archived.asked import Asked, BarsAsked
from api.archived.bar_needs import Bars
from api.archived.days import Archived, Day
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

AWAY = (
    "A part of this answer is in the archive alone, which cannot be read now; try again shortly,"
    " or ask for days that the database has."
)

_AWAY = Seldom(__name__)


class Candles(NamedTuple):
    """Candles in JSON, the days whose candles are not looked for, and the price of the bars."""

    rows: str
    lacking: list[Day]
    price: str | None


class Rows:
    """Reads rows in JSON, if there is a warehouse."""

    def __init__(self, settings: ApiSettings, reader: Reader) -> None:
        """Raises SettingsError if there is a warehouse, but not the packages that read it."""
        self._reader = reader
        limit_seconds = settings.api_timeout_ms / 1000
        self._flights = Flights(limit_seconds + 1)
        self._work = Work(limit_seconds)
        self._reading: Reading | None = None
        if settings.warehouse:
            require()
            from api.archived import reading  # whose packages take a second to import

            self._reading = reading.Reading()

    @property
    def has_warehouse(self) -> bool:
        """Whether there is anything to read."""
        return self._reading is not None

    async def of_events(
        self, kind: str, row: Row, values: dict[str, Any], days: list[Day], archived: Archived
    ) -> str:
        """Returns the first trades or quotes of a page; raises ArchiveAway."""
        series = await self._series("series", values, needs.SERIES)
        location = archived.locations[kind]
        return await self.read(needs.asked(kind, row, values, days, location, series))

    async def of_bars(
        self, bars: Bars, row: Row, values: dict[str, Any], days: list[Day], archived: Archived
    ) -> Candles:
        """Returns candles of a page; raises ArchiveAway."""
        series = bar_needs.series_of(await self._series("bar_series", values, bar_needs.SERIES))
        asked = bars.asked(row, values, days, archived.locations, series)
        are_trades = {one.price for one in series} == {"trade"}
        return Candles(
            await self.read(asked),
            bars.lacking(series, days),
            "trade" if are_trades else values["price"],
        )

    async def read(self, asked: Asked | BarsAsked) -> str:
        """Returns rows of the archive; raises ArchiveAway or Busy."""
        reading = self._reading
        assert reading

        async def fetch() -> Row:
            try:
                return (await self._work.run(lambda task: reading.rows(task, asked)),)
            except reading.trouble as error:
                _AWAY.warn("archive away", error=f"{type(error).__name__}: {error}")
                raise ArchiveAway(AWAY) from error

        row = await self._flights.join(asked, fetch)
        assert row is not None
        return str(row[0])

    async def lacking(self, bars: Bars, values: dict[str, Any], days: list[Day]) -> list[Day]:
        """Returns the days whose candles are not looked for."""
        series = await self._series("bar_series", values, bar_needs.SERIES)
        return bars.lacking(bar_needs.series_of(series), days)

    def close(self) -> None:
        """Lets the threads end."""
        self._work.close()

    async def _series(self, name: str, values: dict[str, Any], taken: Iterable[str]) -> str:
        statement = sql.load("api.archived", name)
        row = await self._reader.fetch_row(statement, **{name: values[name] for name in taken})
        assert row is not None
        return str(row[0])
