"""Needs of a page of bars: candles of its level, of days whose level was dropped.

Bars within sessions, of seconds, filled, of several days, of renamed instruments and adjusted for
splits are made of more than candles of one level and day: these are not looked for in the archive,
and the answer says so.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from api.archived import needs
from api.archived.asked import BarsAsked, BarSeries, Table
from api.archived.days import Day
from api.flights import Row
from api.timeframes import seconds_of

SERIES = (
    "symbols", "source", "price", "adjustment", "timeframe", "newest_first", "start", "end",
    "after_symbol", "after_source", "after_bucket",
)  # fmt: skip
LAST_SYMBOL, LAST_BUCKET, EDGE = 2, 4, 5  # columns of the statements of bars
BY_TIME, EACH = "by time", "each"  # how the symbols share a page
A_DAY = 86_400
A_MINUTE = 60  # narrower candles are made of events


class Bars(msgspec.Struct, frozen=True, kw_only=True):
    """The kind of bars asked for."""

    level: str  # of the candles that they are made of
    level_seconds: int
    seconds: int | None  # their width; None: of months
    price: str | None
    is_filled: bool
    is_of_sessions: bool

    @property
    def relations(self) -> set[str]:
        """The relations that they are made of."""
        kinds = {None: ("trades", "quotes"), "trade": ("trades",)}.get(self.price, ("quotes",))
        prefixes = {"trades": "candles_", "quotes": "quote_candles_"}
        candles = {prefixes[kind] + self.level for kind in kinds}
        is_of_events = self.is_of_sessions or self.level_seconds < A_MINUTE
        return candles | set(kinds) if is_of_events else candles

    @property
    def is_made_of_candles(self) -> bool:
        """Whether each bar is made of candles of one level and day, and of nothing else."""
        return (
            not (self.is_filled or self.is_of_sessions)
            and self.level_seconds >= A_MINUTE
            and self.seconds is not None
            and self.seconds <= A_DAY
        )

    def lacking(self, series: Sequence[BarSeries], days: list[Day]) -> list[Day]:
        """Returns the days that series need which are not looked for in the archive."""
        relations = {one.prefix + self.level for one in series if not one.is_plain}
        return [day for day in days if day.relation in relations]

    def asked(
        self,
        row: Row,
        values: dict[str, Any],
        days: list[Day],
        locations: Mapping[str, str],
        series: tuple[BarSeries, ...],
    ) -> BarsAsked:
        """Returns the question for the candles of a page, of which `row` is the database's part."""
        assert self.seconds
        by_time = values["share"] == BY_TIME
        relations = sorted({day.relation for day in days})
        last = row[EDGE] if by_time else row[LAST_BUCKET]
        return BarsAsked(
            series=series,
            level=self.level,
            tables=tuple(
                Table(name, locations[name], tuple(day for day in days if day.relation == name))
                for name in relations
            ),
            width=self.seconds * 1_000_000,
            is_level=self.seconds == self.level_seconds,
            descending=values["newest_first"],
            each=by_time,
            most=values["limit"] + 1,
            last=last and (row[LAST_SYMBOL] or "", last),
        )


def plain(level: str, timeframe: str) -> Bars:
    """Returns the bars of a dialect, which are made of candles of a level alone."""
    return Bars(
        level=level,
        level_seconds=seconds_of(level) or 0,
        seconds=seconds_of(timeframe),
        price=None,
        is_filled=False,
        is_of_sessions=False,
    )


def of_bars(gone: list[Day], row: Row, values: dict[str, Any]) -> list[Day]:
    """Returns the days that may have bars of a page, of which `row` is the database's part."""
    if values["share"] == BY_TIME:
        edge: datetime | None = row[EDGE]
        return [day for day in gone if edge is None or day.until > edge]
    return needs.within(
        gone,
        values["symbols"],
        after=(values["after_symbol"], values["after_bucket"]),
        last=(row[LAST_SYMBOL], row[LAST_BUCKET]),
        descending=values["newest_first"],
    )


def series_of(text: str) -> tuple[BarSeries, ...]:
    """Returns the series that a statement has found."""
    return msgspec.json.decode(text, type=tuple[BarSeries, ...])
