"""Dukascopy's own minutes of bids, a file per day; volumes are 32-bit floats and not compared."""

import lzma
import struct
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self

from db.errors import UsageError
from ingest.download.clock import Clock
from ingest.download.fetch import Fetcher
from ingest.feed.history import VenueFailed
from ingest.klines.kline import Asked, Given, Kline
from ingest.sources.dukascopy_instruments import SOURCE, VENUE, folder, known

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
ROW = struct.Struct(">IIIIIf")  # second of the day, open, close, low, high, volume


class Minutes:
    """Asks for the files of days; `url` is that of the venue's files."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._fetcher = Fetcher(Clock())

    def __enter__(self) -> Self:
        self._fetcher.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._fetcher.__exit__(None, None, None)

    def ask(self, asked: Asked, decimals: int | None, advance: Callable[[int], None]) -> Given:
        """Returns the candles of a series; `advance` is called after each day.

        `decimals` are those of the prices, if the database knows them. Raises VenueFailed, or
        UsageError for another timeframe or unknown decimals.
        """
        if asked.width != MINUTE:
            raise UsageError(f"{SOURCE} has no candles of {asked.timeframe}, but of 1m")
        name = folder(asked.symbol.removeprefix(f"{VENUE}:"))
        instrument = known().get(name)
        scale = decimals if decimals is not None else instrument and instrument.decimals
        if scale is None:
            raise UsageError(f"the number of decimals in prices of {asked.symbol} is not known")
        found: dict[datetime, Kline] = {}
        for day in days_of(asked):
            month = day.month - 1
            path = f"{name}/{day:%Y}/{month:02}/{day:%d}/BID_candles_min_1.bi5"
            answer = self._fetcher.start(f"{self._url}/{path}").result()
            if answer.trouble is not None:
                raise VenueFailed(f"{SOURCE} failed: {path}: {answer.trouble}")
            if not answer.is_missing:
                found |= {one.bucket: one for one in _klines(answer.body, day, scale, path)}
            advance(1)
        within = {at: one for at, one in found.items() if asked.since <= at < asked.until}
        if not within:
            raise VenueFailed(f"{SOURCE} gave no candle of this range")
        return Given(within, asked.since, asked.until, has_volume=False)


def days_of(asked: Asked) -> list[datetime]:
    """Returns the days that a stretch touches."""
    first = asked.since.replace(hour=0, minute=0)
    return [first + number * DAY for number in range(-((first - asked.until) // DAY))]


def _klines(packed: bytes, day: datetime, decimals: int, path: str) -> Iterator[Kline]:
    try:
        data = lzma.decompress(packed, format=lzma.FORMAT_ALONE) if packed else b""
        rows = list(ROW.iter_unpack(data))
    except (lzma.LZMAError, struct.error) as error:
        raise VenueFailed(f"{SOURCE} failed: {path}: not a file of minutes: {error}") from error
    for second, open_, close, low, high, volume in rows:
        first, top, bottom, last = (
            Decimal(points).scaleb(-decimals) for points in (open_, high, low, close)
        )
        yield Kline(day + timedelta(seconds=second), first, top, bottom, last, Decimal(volume))
