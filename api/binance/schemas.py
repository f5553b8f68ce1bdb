"""Schemas of this dialect's answers, for the OpenAPI document; PostgreSQL writes the answers."""

import msgspec

# Twelve items: times and the number of trades are integers, prices and volumes strings.
KLINES = list[list[int | str]]

TradeId = int | str  # a string if the source's ids are no numbers, or if it sends none


class AggTrade(msgspec.Struct):
    """One trade; `m`, whether the seller was the taker, is absent if the side is not known."""

    a: TradeId
    p: str
    q: str
    f: TradeId
    l: TradeId  # noqa: E741
    T: int
    M: bool
    m: bool | msgspec.UnsetType = msgspec.UNSET


class VenueTrade(msgspec.Struct, rename="camel"):
    """One trade; `isBuyerMaker` is absent if the side is not known."""

    id: TradeId
    price: str
    qty: str
    quote_qty: str
    time: int
    is_best_match: bool
    is_buyer_maker: bool | msgspec.UnsetType = msgspec.UNSET


class Empty(msgspec.Struct):
    """Nothing."""


class ServerTime(msgspec.Struct, rename="camel"):
    """The time of the server."""

    server_time: int


class Filter(msgspec.Struct, rename="camel"):
    """A step of prices or of quantities; the largest values are zero: there are no limits."""

    filter_type: str
    min_price: str | msgspec.UnsetType = msgspec.UNSET
    max_price: str | msgspec.UnsetType = msgspec.UNSET
    tick_size: str | msgspec.UnsetType = msgspec.UNSET
    min_qty: str | msgspec.UnsetType = msgspec.UNSET
    max_qty: str | msgspec.UnsetType = msgspec.UNSET
    step_size: str | msgspec.UnsetType = msgspec.UNSET


class ExchangeSymbol(msgspec.Struct, rename="camel"):
    """An instrument; `instrument` is the name under which it is stored."""

    symbol: str
    status: str
    base_asset: str
    base_asset_precision: int
    quote_asset: str
    quote_precision: int
    quote_asset_precision: int
    order_types: list[str]
    is_spot_trading_allowed: bool
    is_margin_trading_allowed: bool
    filters: list[Filter]
    permissions: list[str]
    instrument: str


class ExchangeInfo(msgspec.Struct, rename="camel"):
    """The instruments."""

    timezone: str
    server_time: int
    rate_limits: list[str]
    exchange_filters: list[str]
    symbols: list[ExchangeSymbol]


class OptionsInfo(msgspec.Struct, rename="camel"):
    """No options."""

    timezone: str
    server_time: int
    rate_limits: list[str]
    option_contracts: list[str]
    option_assets: list[str]
    option_symbols: list[str]


class PriceTicker(msgspec.Struct):
    """The newest price of a symbol."""

    symbol: str
    price: str


class BookTicker(msgspec.Struct, rename="camel"):
    """The newest quote of a symbol; what it does not tell is "0"."""

    symbol: str
    bid_price: str
    bid_qty: str
    ask_price: str
    ask_qty: str


class DayTicker(msgspec.Struct, rename="camel"):
    """Figures of the last 24 hours, in minutes; ids are -1 where the source has no numbers."""

    symbol: str
    price_change: str
    price_change_percent: str
    weighted_avg_price: str
    prev_close_price: str
    last_price: str
    last_qty: str
    bid_price: str
    bid_qty: str
    ask_price: str
    ask_qty: str
    open_price: str
    high_price: str
    low_price: str
    volume: str
    quote_volume: str
    open_time: int
    close_time: int
    first_id: int
    last_id: int
    count: int
