"""A candle as a venue publishes it, and as ours are compared with it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import msgspec

from db.errors import UsageError

# What venues and our levels of candles both have, in whole buckets of a day of UTC.
TIMEFRAMES = {
    "1m": timedelta(minutes=1),
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "30m": timedelta(minutes=30),
    "1h": timedelta(hours=1),
    "2h": timedelta(hours=2),
    "4h": timedelta(hours=4),
    "6h": timedelta(hours=6),
    "12h": timedelta(hours=12),
    "1d": timedelta(days=1),
}

QUOTE_SOURCES = ("dukascopy",)  # whose candles are those of bids


class Kline(NamedTuple):
    """Prices and volume of a bucket; None: no trade moves them, or their size is unknown."""

    bucket: datetime
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    close: Decimal | None
    volume: Decimal | None


class Asked(msgspec.Struct, frozen=True):
    """The candles of a symbol with since <= bucket < until, both at the start of a bucket."""

    symbol: str
    source: str  # bybit, or bybit.linear
    timeframe: str
    width: timedelta
    since: datetime
    until: datetime

    @property
    def price(self) -> str:
        """The price of ours that is compared, as market.candles() names it."""
        return "bid" if self.source in QUOTE_SOURCES else "trade"


class Given(NamedTuple):
    """The candles that a venue gave, by bucket: all that it has of since <= bucket < until."""

    klines: dict[datetime, Kline]
    since: datetime
    until: datetime
    has_volume: bool = True  # False: counted in another unit than its trades


def width_of(timeframe: str) -> timedelta:
    """Returns the width of a timeframe; raises UsageError for one that is not compared."""
    width = TIMEFRAMES.get(timeframe)
    if width is None:
        known = ", ".join(TIMEFRAMES)
        raise UsageError(
            f"candles of {timeframe!r} cannot be compared with a venue's; choose one of {known}"
        )
    return width
