"""Schemas of the native answers, for the OpenAPI document; PostgreSQL writes the answers."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

# A JSON number, which PostgreSQL writes with all its digits, or a string of the same digits.
Decimal = float | Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]+(\.[0-9]+)?$")]
# RFC 3339, or a number since 1970.
Time = datetime | float
State = Literal["pending", "no feed", "archived", "complete", "no trades", "closed", "unknown"]


class Bar(msgspec.Struct):
    """One bar: start, open, high, low, close, volume, number of ticks, volume-weighted price.

    If the source sends no sizes, v is 0 and vw is null. Bars of quotes have sp, the mean spread,
    if any quote had both sides. A bar that was not made here of ticks has the vendor that made it,
    and n is null unless the vendor counts trades. Prices are null in buckets that `fill` adds.

    final: the bar's bucket is over, no stored history waits to be added to it, and where a feed
    goes on, its newest marker lies behind the bucket. What is under way does not change it, but it
    is not for ever: late trades, corrections, cancels, fills of gaps and changed rules still do.
    Where no feed sends markers it says no more than that the time of the bucket is over.
    """

    t: Time
    o: Decimal | None
    h: Decimal | None
    l: Decimal | None  # noqa: E741
    c: Decimal | None
    v: Decimal | None
    n: int | None
    vw: Decimal | None
    final: bool
    sp: Decimal | msgspec.UnsetType = msgspec.UNSET
    vendor: str | msgspec.UnsetType = msgspec.UNSET
    coverage: State | msgspec.UnsetType = msgspec.UNSET


class Range(msgspec.Struct):
    """A stretch of time, [start, end)."""

    start: datetime
    end: datetime


class Bars(msgspec.Struct):
    """Bars by symbol; symbols without bars are absent.

    `pending` is there if bars of the window may be missing or lack events, as history has just been
    loaded and its bars are being made: the next minute has them.
    """

    bars: dict[str, list[Bar]]
    next_page_token: str | None
    pending: list[Range] | msgspec.UnsetType = msgspec.UNSET


class Stretch(msgspec.Struct):
    """A stretch of time, [start, end), and its state.

    `pending`: bars may be missing or lack events. `no feed`: no feed covered all of it.
    `archived`: its trades (or quotes) are in the archive alone. `complete`, `no trades`: the feed
    covered all of it, and there were trades (or quotes) or none. `closed`: the market was closed.
    `unknown`: it lies before the first feed.
    """

    start: Time
    end: Time
    state: State


class Coverage(msgspec.Struct):
    """Stretches by symbol, oldest first, without a gap between them."""

    coverage: dict[str, list[Stretch]]
    next_page_token: str | None


class Gap(msgspec.Struct):
    """A stretch of time, [start, end), whose events may be missing, and why.

    `no feed`: there was no connection; otherwise the reason that the source gave. The ids of the
    first and last event that is missing are null where they are not known.
    """

    start: Time
    end: Time
    reason: str
    first_id: str | None
    last_id: str | None


class Gaps(msgspec.Struct):
    """Gaps by symbol, oldest first; symbols without one are absent."""

    gaps: dict[str, list[Gap]]
    next_page_token: str | None


class Move(msgspec.Struct):
    """The first open and the last close of an instrument, and the change in percent."""

    symbol: str
    source: str
    open: Decimal
    close: Decimal
    change_pct: Decimal | None


class BiggestMovers(msgspec.Struct):
    """The instruments that moved most, largest change first."""

    movers: list[Move]


class TradingSession(msgspec.Struct):
    """A session: its day by the calendar of the exchange, its open and its close."""

    date: date
    open: Time
    close: Time


class TradingCalendar(msgspec.Struct):
    """Sessions of a calendar, oldest first."""

    calendar: str
    sessions: list[TradingSession]
    next_page_token: str | None


class StoredLevel(msgspec.Struct):
    """Candles of trades or quotes at a timeframe: the end of the stored ones, null without any."""

    kind: Literal["trades", "quotes"]
    timeframe: str
    stored_until: Time | None
    lag_seconds: int | None


class PendingRange(msgspec.Struct):
    """A range of candles that may be missing or lack events; the next minute has them."""

    kind: Literal["trades", "quotes"]
    timeframe: str
    start: Time
    end: Time


class FeedState(msgspec.Struct):
    """A source that sends markers: how many of its sessions go on, its newest marker."""

    source: str
    open_sessions: int
    newest_marker: Time


class StoreStatus(msgspec.Struct):
    """Versions of the database, stored candles, pending ranges and feeds.

    last_stored: when an event was last stored, to within ten seconds.
    """

    edition: Literal["community", "apache"]
    timescaledb: str
    postgresql: str
    last_stored: Time | None
    candles: list[StoredLevel]
    pending: list[PendingRange]
    feeds: list[FeedState]


class LatestBarBySymbol(msgspec.Struct):
    """The newest bar of each symbol."""

    bars: dict[str, Bar]


class TimeframeNames(msgspec.Struct):
    """The stored timeframes, narrowest first, and common ones that are made of them."""

    timeframes: list[str]
    others: list[str]
