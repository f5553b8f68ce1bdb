"""Schemas and examples of answers about instruments, for the OpenAPI document."""

from datetime import datetime

import msgspec


class Instrument(msgspec.Struct):
    """Reference data of a symbol; unknown fields are null.

    Base and quote are also those that the symbol itself spells. Aliases are other spellings that
    lead to it, unless another instrument shares them. first_seen_at and last_seen_at are times of
    loading, not of events.
    """

    symbol: str
    asset_class: str | None
    base: str | None
    quote: str | None
    price_scale: int | None
    primary_source: str | None
    calendar: str | None
    aliases: list[str]
    first_seen_at: datetime
    last_seen_at: datetime


class Instruments(msgspec.Struct):
    """Instruments that have been stored, the best match first."""

    symbols: list[Instrument]
    next_page_token: str | None


class Name(msgspec.Struct):
    """A name of an instrument, [since, until); null is open."""

    symbol: str
    since: datetime | None
    until: datetime | None


class SourceEvents(msgspec.Struct):
    """A source of a symbol, and the times of its first and last trade or quote."""

    source: str
    first_event: datetime
    last_event: datetime


class Split(msgspec.Struct):
    """A split: `numerator` units after it for `denominator` before, from ex_at on."""

    ex_at: datetime
    numerator: float
    denominator: float


class InstrumentDetails(msgspec.Struct):
    """Reference data of a symbol, its names, sources and splits.

    `instrument` is the symbol that the names lead to. price_scale is as it was set, else as many
    decimals as the newest prices have. default_source is the one that is read if none is asked for.
    timezone is that of its exchange, null if no sessions are known.
    """

    symbol: str
    instrument: str
    asset_class: str | None
    base: str | None
    quote: str | None
    price_scale: int | None
    primary_source: str | None
    calendar: str | None
    aliases: list[str]
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    default_source: str | None
    timezone: str | None
    names: list[Name]
    sources: list[SourceEvents]
    splits: list[Split]


INSTRUMENT = {
    "symbol": "KRAKEN:BTC/USD",
    "asset_class": "crypto",
    "base": "BTC",
    "quote": "USD",
    "price_scale": 1,
    "primary_source": "kraken",
    "calendar": "24/7",
    "aliases": ["BTC-USD", "BTC/USD", "BTCUSD", "KRAKEN:BTC-USD", "KRAKEN:BTCUSD"],
    "first_seen_at": "2026-02-27T12:00:00Z",
    "last_seen_at": "2026-02-27T12:05:00Z",
}
INSTRUMENTS = {
    "symbols": [INSTRUMENT],
    "next_page_token": "b3hIPcsVLcCSWzAsIktSQUtFTjpCVEMvVVNEIl0",
}
DETAILS = INSTRUMENT | {
    "instrument": "KRAKEN:BTC/USD",
    "default_source": "kraken",
    "timezone": "Etc/UTC",
    "names": [],
    "sources": [
        {
            "source": "kraken",
            "first_event": "2024-01-01T00:00:00.123456Z",
            "last_event": "2026-02-27T12:05:00.25Z",
        }
    ],
    "splits": [],
}
