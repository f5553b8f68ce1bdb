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
