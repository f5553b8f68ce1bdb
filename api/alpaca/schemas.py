"""Schemas of Alpaca's answers, for the OpenAPI document; PostgreSQL writes the answers."""

from datetime import datetime
from typing import Literal

import msgspec

Number = float  # a JSON number; PostgreSQL writes it with all its digits


class AlpacaBar(msgspec.Struct):
    """One bar: start, open, high, low, close, volume, number of trades, volume-weighted price.

    If the source sends no sizes, v is 0 and vw is null. The bar of a vendor that does not count
    trades has no n.
    """

    t: datetime
    o: Number
    h: Number
    l: Number  # noqa: E741
    c: Number
    v: Number
    n: int | None
    vw: Number | None


class AlpacaTrade(msgspec.Struct):
    """One trade: time to the nanosecond, exchange, price, size, conditions, id, tape.

    A size that the source did not send is 0; an id that is not a whole number below 10^18 is null.
    `tks` is the taker's side, if it is known.
    """

    t: datetime
    x: str | None
    p: Number
    s: Number
    c: list[str]
    i: int | None
    z: str | None
    tks: Literal["B", "S"] | msgspec.UnsetType = msgspec.UNSET


class AlpacaQuote(msgspec.Struct, kw_only=True):
    """One quote: time to the nanosecond; exchange, price and size of ask and bid; conditions, tape.

    The price of a side that is missing is 0, and so is a size that the source did not send.
    """

    t: datetime
    ax: str | None
    ap: Number
    as_: Number = msgspec.field(name="as")
    bx: str | None
    bp: Number
    bs: Number
    c: list[str]
    z: str | None


class AlpacaSnapshot(msgspec.Struct):
    """The newest trade and quote, the newest whole minute, this day and the one before."""

    latestTrade: AlpacaTrade | None  # noqa: N815
    latestQuote: AlpacaQuote | None  # noqa: N815
    minuteBar: AlpacaBar | None  # noqa: N815
    dailyBar: AlpacaBar | None  # noqa: N815
    prevDailyBar: AlpacaBar | None  # noqa: N815


class AlpacaBars(msgspec.Struct):
    """Bars by symbol, as it was asked for; symbols without bars are absent."""

    bars: dict[str, list[AlpacaBar]]
    next_page_token: str | None


class AlpacaTrades(msgspec.Struct):
    """Trades by symbol, as it was asked for; symbols without trades are absent."""

    trades: dict[str, list[AlpacaTrade]]
    next_page_token: str | None


class AlpacaQuotes(msgspec.Struct):
    """Quotes by symbol, as it was asked for; symbols without quotes are absent."""

    quotes: dict[str, list[AlpacaQuote]]
    next_page_token: str | None


class AlpacaSymbolBars(msgspec.Struct):
    """Bars of one symbol; none if nothing is stored of it."""

    symbol: str
    bars: list[AlpacaBar]
    next_page_token: str | None


class AlpacaSymbolTrades(msgspec.Struct):
    """Trades of one symbol; none if nothing is stored of it."""

    symbol: str
    trades: list[AlpacaTrade]
    next_page_token: str | None


class AlpacaSymbolQuotes(msgspec.Struct):
    """Quotes of one symbol; none if nothing is stored of it."""

    symbol: str
    quotes: list[AlpacaQuote]
    next_page_token: str | None


class AlpacaLatestBars(msgspec.Struct):
    """The bar of the newest whole minute of each symbol."""

    bars: dict[str, AlpacaBar]


class AlpacaLatestTrades(msgspec.Struct):
    """The newest trade of each symbol."""

    trades: dict[str, AlpacaTrade]


class AlpacaLatestQuotes(msgspec.Struct):
    """The newest quote of each symbol."""

    quotes: dict[str, AlpacaQuote]


class AlpacaLatestBar(msgspec.Struct):
    """The bar of the newest whole minute of one symbol."""

    symbol: str
    bar: AlpacaBar


class AlpacaLatestTrade(msgspec.Struct):
    """The newest trade of one symbol."""

    symbol: str
    trade: AlpacaTrade


class AlpacaLatestQuote(msgspec.Struct):
    """The newest quote of one symbol."""

    symbol: str
    quote: AlpacaQuote


class AlpacaSymbolSnapshot(AlpacaSnapshot, kw_only=True):
    """The snapshot of one symbol."""

    symbol: str


class AlpacaSnapshots(msgspec.Struct):
    """Snapshots by symbol; symbols of which nothing is stored are absent."""

    snapshots: dict[str, AlpacaSnapshot]
