"""Schemas of answers about trades, quotes and snapshots, for the OpenAPI document."""

import msgspec

from api.native.schemas import Range

Time = str | float  # RFC 3339, or with `ts` a number since 1970
Decimal = float | str  # a number with all its digits, or with decimals=string a string


class Trade(msgspec.Struct):
    """One trade: time, price, size, side of the taker, exchange, conditions, id and tape.

    The time has up to nine digits of a second. Codes of exchange, conditions and tape are those of
    the source; null is unknown.
    """

    t: Time
    p: Decimal
    s: Decimal | None
    side: str | None
    x: str | None
    c: list[str] | None
    i: str | None
    z: str | None


class Quote(msgspec.Struct, rename={"ask_size": "as"}):
    """One quote: time, bid, size at the bid, ask, size at the ask, and the rest as of a trade.

    A side that was not reported is null.
    """

    t: Time
    bp: Decimal | None
    bs: Decimal | None
    ap: Decimal | None
    ask_size: Decimal | None
    x: str | None
    c: list[str] | None
    i: str | None
    z: str | None


class Trades(msgspec.Struct):
    """Trades by symbol; symbols without trades are absent.

    `archived` is there if the archive alone has days of the window, which are missing then.
    """

    trades: dict[str, list[Trade]]
    next_page_token: str | None
    archived: list[Range] | msgspec.UnsetType = msgspec.UNSET


class Quotes(msgspec.Struct):
    """Quotes by symbol; symbols without quotes are absent.

    `archived` is there if the archive alone has days of the window, which are missing then.
    """

    quotes: dict[str, list[Quote]]
    next_page_token: str | None
    archived: list[Range] | msgspec.UnsetType = msgspec.UNSET


class LatestTrades(msgspec.Struct):
    """The newest trade of each symbol."""

    trades: dict[str, Trade]


class LatestQuotes(msgspec.Struct):
    """The newest quote of each symbol."""

    quotes: dict[str, Quote]


class SnapshotBar(msgspec.Struct):
    """A bar as of /v1/bars."""

    t: Time
    o: Decimal
    h: Decimal
    l: Decimal  # noqa: E741
    c: Decimal
    v: Decimal
    n: int | None
    vw: Decimal | None
    vendor: str | msgspec.UnsetType = msgspec.UNSET


class Snapshot(msgspec.Struct, rename="camel"):
    """The newest of everything; null where there is none.

    The daily bar is that of the newest day with a bar, which its time names, and need not be today.
    """

    latest_trade: Trade | None
    latest_quote: Quote | None
    minute_bar: SnapshotBar | None
    daily_bar: SnapshotBar | None
    prev_daily_bar: SnapshotBar | None


class Snapshots(msgspec.Struct):
    """Snapshots by symbol, all of one moment."""

    snapshots: dict[str, Snapshot]
