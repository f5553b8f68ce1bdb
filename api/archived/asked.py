"""The questions to the archive; equal ones at the same time are read once."""

from datetime import datetime

import msgspec

from api.archived.days import Day
from api.page_token import EventPosition


class Series(msgspec.Struct, frozen=True):
    """A series as market.name_pieces() has it: in this time it has these symbols."""

    asked: str
    source: str
    symbols: tuple[str, ...]
    since: datetime | None
    until: datetime | None


class Span(msgspec.Struct, frozen=True):
    """A window to the nanosecond; an edge of None is open."""

    start: datetime | None
    start_ns: int
    end: datetime | None
    end_ns: int


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The page of which the archive may have rows."""

    kind: str
    series: tuple[Series, ...]
    days: tuple[Day, ...]  # that the archive alone has, oldest first
    location: str  # of the file that describes the table
    span: Span
    descending: bool
    each: bool  # as many of each symbol, not of all in turn
    most: int
    after: EventPosition | None
    last: tuple[str, datetime] | None  # no row after this symbol and time is needed


class BarSeries(msgspec.Struct, frozen=True):
    """A series of bars, and the time of the candles that make those of the window."""

    asked: str
    source: str
    price: str
    is_plain: bool  # made of candles of one symbol, as they are stored
    since: datetime | None
    until: datetime | None

    @property
    def prefix(self) -> str:
        """The beginning of the names of relations of its candles."""
        return "candles_" if self.price == "trade" else "quote_candles_"


class Table(msgspec.Struct, frozen=True):
    """A relation of candles in the archive, and the days that the archive alone has, in order."""

    relation: str
    location: str
    days: tuple[Day, ...]


class BarsAsked(msgspec.Struct, frozen=True, kw_only=True):
    """The page of bars of which the archive may have candles."""

    series: tuple[BarSeries, ...]
    level: str
    tables: tuple[Table, ...]
    width: int  # of a bar, in microseconds
    is_level: bool  # a candle makes a bar
    descending: bool
    each: bool  # as many of each symbol, not of all in turn
    most: int
    last: tuple[str, datetime] | None  # no bar after this symbol and time is needed
