"""Schemas of this dialect's answers, for the OpenAPI document."""

from typing import Literal

import msgspec

Number = float  # a JSON number; PostgreSQL writes it with all its digits


class UdfExchange(msgspec.Struct):
    """A venue in the menu of a search."""

    name: str
    value: str
    desc: str


class UdfType(msgspec.Struct):
    """A type of symbols in the menu of a search."""

    name: str
    value: str


class UdfConfig(msgspec.Struct, kw_only=True):
    """Abilities of the data feed."""

    supported_resolutions: list[str]
    exchanges: list[UdfExchange]
    symbols_types: list[UdfType]
    supports_search: bool = True
    supports_group_request: bool = False
    supports_marks: bool = True
    supports_timescale_marks: bool = True
    supports_time: bool = True


class UdfSymbol(msgspec.Struct):
    """A symbol; `session` and `timezone` say when its market is open."""

    ticker: str
    name: str
    full_name: str
    description: str
    type: str
    exchange: str
    listed_exchange: str
    session: str
    timezone: str
    minmov: int
    pricescale: int
    has_intraday: bool
    has_seconds: bool
    seconds_multipliers: list[str]
    intraday_multipliers: list[str]
    has_daily: bool
    has_weekly_and_monthly: bool
    supported_resolutions: list[str]
    visible_plots_set: str
    volume_precision: int
    format: str
    data_status: str


class UdfSymbolColumns(msgspec.Struct, rename=lambda name: name.replace("_", "-")):
    """The properties of many symbols as lists; one value stands for all symbols."""

    symbol: list[str]
    ticker: list[str]
    description: list[str]
    exchange_listed: list[str]
    exchange_traded: list[str]
    type: list[str]
    session_regular: list[str]
    timezone: list[str]
    minmovement: int
    pricescale: list[int]
    has_intraday: bool
    has_daily: bool
    has_weekly_and_monthly: list[bool]
    intraday_multipliers: list[list[str]]
    supported_resolutions: list[str]
    volume_precision: int


class UdfFound(msgspec.Struct):
    """A symbol that a search has found."""

    symbol: str
    full_name: str
    ticker: str
    description: str
    exchange: str
    type: str


class UdfBars(msgspec.Struct):
    """Bars as lists, oldest first; t is the start of a bar in Unix seconds.

    Quotes have no volume: v is absent.
    """

    s: Literal["ok"]
    t: list[int]
    o: list[Number]
    h: list[Number]
    l: list[Number]  # noqa: E741
    c: list[Number]
    v: list[Number] | msgspec.UnsetType = msgspec.UNSET


class UdfNoBars(msgspec.Struct, rename="camel"):
    """No bars; the newest one before the window begins at `nextTime`."""

    s: Literal["no_data"]
    next_time: int | msgspec.UnsetType = msgspec.UNSET


class UdfFigures(msgspec.Struct, kw_only=True):
    """Newest price, quote and day of a symbol; unknown figures are absent."""

    lp: Number | msgspec.UnsetType = msgspec.UNSET
    ch: Number | msgspec.UnsetType = msgspec.UNSET
    chp: Number | msgspec.UnsetType = msgspec.UNSET
    bid: Number | msgspec.UnsetType = msgspec.UNSET
    ask: Number | msgspec.UnsetType = msgspec.UNSET
    spread: Number | msgspec.UnsetType = msgspec.UNSET
    open_price: Number | msgspec.UnsetType = msgspec.UNSET
    high_price: Number | msgspec.UnsetType = msgspec.UNSET
    low_price: Number | msgspec.UnsetType = msgspec.UNSET
    prev_close_price: Number | msgspec.UnsetType = msgspec.UNSET
    volume: Number | msgspec.UnsetType = msgspec.UNSET
    short_name: str | msgspec.UnsetType = msgspec.UNSET
    exchange: str | msgspec.UnsetType = msgspec.UNSET
    original_name: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET


class UdfQuote(msgspec.Struct):
    """The figures of a symbol; of one that is not known, "error" and none."""

    s: Literal["ok", "error"]
    n: str
    v: UdfFigures


class UdfQuotes(msgspec.Struct):
    """Newest prices of symbols."""

    s: Literal["ok"]
    d: list[UdfQuote]


class UdfMark(msgspec.Struct, rename="camel"):
    """A mark on the bar of a time."""

    id: str
    time: int
    color: str
    text: str
    label: str
    label_font_color: str
    min_size: int


class UdfTimescaleMark(msgspec.Struct):
    """A mark on the time scale."""

    id: str
    time: int
    color: str
    label: str
    tooltip: list[str]


class TableRow(msgspec.Struct):
    """A bar as a flat row."""

    time: str
    open: Number
    high: Number
    low: Number
    close: Number
    volume: Number
    trades: int | msgspec.UnsetType = msgspec.UNSET


class MenuOption(msgspec.Struct):
    """An option of a menu."""

    label: str
    value: str
