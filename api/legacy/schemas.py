"""Schemas of the legacy answers, for the OpenAPI document; PostgreSQL writes the answers."""

from datetime import datetime

import msgspec

Number = float  # a JSON number; PostgreSQL writes it with all its digits


class SymbolNames(msgspec.Struct):
    """The names of all symbols."""

    symbols: list[str]


class Tick(msgspec.Struct):
    """One trade, or one quote at its mid price; the volume of a quote is null.

    Quotes are shown of symbols without trades only.
    """

    symbol: str
    price: Number
    volume: Number | None
    event_time: datetime


class LatestTicks(msgspec.Struct):
    """The newest ticks, newest first."""

    symbol: str
    count: int
    ticks: list[Tick]


class TickSummary(msgspec.Struct):
    """Figures for the ticks of a window; the times are those of its first and last tick."""

    symbol: str
    window_minutes: int
    count: int
    avg_price: Number
    min_price: Number
    max_price: Number
    sum_volume: Number
    start_time: datetime
    end_time: datetime


class LegacyBar(msgspec.Struct):
    """One bar; volume_sum is 0 if the source sends no sizes."""

    symbol: str
    bucket_start: datetime
    open: Number
    high: Number
    low: Number
    close: Number
    volume_sum: Number
    tick_count: int


class LatestBars(msgspec.Struct):
    """The newest bars, newest first."""

    symbol: str
    count: int
    bars: list[LegacyBar]


class BarSummary(msgspec.Struct):
    """The bars of a window, aggregated into one; the times are those of its first and last bar."""

    symbol: str
    window_minutes: int
    bar_count: int
    open: Number
    high: Number
    low: Number
    close: Number
    change_pct: Number | None  # null if open is 0
    total_volume: Number
    total_ticks: int
    start_time: datetime
    end_time: datetime


class Mover(msgspec.Struct):
    """A symbol and its change of price."""

    symbol: str
    price_open: Number
    price_close: Number
    change_pct: Number


class Movers(msgspec.Struct):
    """The symbols with the largest changes, up or down."""

    window_minutes: int
    movers: list[Mover]


class Ping(msgspec.Struct):
    """A fixed text."""

    status: str


class Status(msgspec.Struct):
    """The broker, and all symbols."""

    kafka_broker: str
    monitored_symbols: list[str]
