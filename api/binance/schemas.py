"""Schemas of this dialect's answers, for the OpenAPI document; PostgreSQL writes the answers."""

import msgspec

# Twelve items: times and the number of trades are integers, prices and volumes strings.
KLINES = list[list[int | str]]

TradeId = int | str | None  # a string if the source's ids are no numbers, null if it sends none


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


class VenueTrade(msgspec.Struct):
    """One trade; `isBuyerMaker` is absent if the side is not known."""

    id: TradeId
    price: str
    qty: str
    quoteQty: str
    time: int
    isBestMatch: bool
    isBuyerMaker: bool | msgspec.UnsetType = msgspec.UNSET


class Empty(msgspec.Struct):
    """Nothing."""


class ServerTime(msgspec.Struct):
    """The time of the server."""

    serverTime: int


class Filter(msgspec.Struct):
    """A step of prices or of quantities; the largest values are zero: there are no limits."""

    filterType: str
    minPrice: str | msgspec.UnsetType = msgspec.UNSET
    maxPrice: str | msgspec.UnsetType = msgspec.UNSET
    tickSize: str | msgspec.UnsetType = msgspec.UNSET
    minQty: str | msgspec.UnsetType = msgspec.UNSET
    maxQty: str | msgspec.UnsetType = msgspec.UNSET
    stepSize: str | msgspec.UnsetType = msgspec.UNSET


class ExchangeSymbol(msgspec.Struct):
    """An instrument; `instrument` is the name under which it is stored."""

    symbol: str
    status: str
    baseAsset: str
    baseAssetPrecision: int
    quoteAsset: str
    quotePrecision: int
    quoteAssetPrecision: int
    orderTypes: list[str]
    isSpotTradingAllowed: bool
    isMarginTradingAllowed: bool
    filters: list[Filter]
    permissions: list[str]
    instrument: str


class ExchangeInfo(msgspec.Struct):
    """The instruments."""

    timezone: str
    serverTime: int
    rateLimits: list[str]
    exchangeFilters: list[str]
    symbols: list[ExchangeSymbol]


class OptionsInfo(msgspec.Struct):
    """No options."""

    timezone: str
    serverTime: int
    rateLimits: list[str]
    optionContracts: list[str]
    optionAssets: list[str]
    optionSymbols: list[str]


class PriceTicker(msgspec.Struct):
    """The newest price of a symbol."""

    symbol: str
    price: str


class BookTicker(msgspec.Struct):
    """The newest quote of a symbol; what it does not tell is "0"."""

    symbol: str
    bidPrice: str
    bidQty: str
    askPrice: str
    askQty: str


class DayTicker(msgspec.Struct):
    """Figures of the last 24 hours, in minutes; ids are -1 where the source has no numbers."""

    symbol: str
    priceChange: str
    priceChangePercent: str
    weightedAvgPrice: str
    prevClosePrice: str
    lastPrice: str
    lastQty: str
    bidPrice: str
    bidQty: str
    askPrice: str
    askQty: str
    openPrice: str
    highPrice: str
    lowPrice: str
    volume: str
    quoteVolume: str
    openTime: int
    closeTime: int
    firstId: int
    lastId: int
    count: int
