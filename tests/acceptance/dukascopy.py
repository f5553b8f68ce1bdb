"""Reads Dukascopy's files of a day of EUR/USD apart from the product: its ticks and its minutes."""

import lzma
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from tests.oracle import Quote

DAY = datetime(2019, 2, 4, tzinfo=UTC)  # the folders' months count from 00
DIRECTORY = "EURUSD/2019/01/04"
SYMBOL, SOURCE = "DUKASCOPY:EUR/USD", "dukascopy"
TICK = struct.Struct(">IIIff")  # ms of the hour, ask, bid, ask volume, bid volume
CANDLE = struct.Struct(">IIIIIf")  # second of the day, open, close, low, high, volume
VOLUME_STEP = 100  # units; volumes are in millions of them, as 32-bit floats


class Minute(NamedTuple):
    """The vendor's candle of bids."""

    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


def quotes(root: Path) -> list[Quote]:
    """Returns the ticks of the day in the order of the files."""
    found = []
    for hour in range(24):
        start = DAY + timedelta(hours=hour)
        for ms, ask, bid, ask_volume, bid_volume in _records(root, f"{hour:02}h_ticks.bi5", TICK):
            found.append(
                Quote(
                    start + timedelta(milliseconds=ms),
                    _price(bid), _price(ask), _units(bid_volume), _units(ask_volume),
                    seq=len(found), symbol=SYMBOL, source=SOURCE,
                )
            )  # fmt: skip
    return found


def bid_minutes(root: Path) -> list[Minute]:
    """Returns the vendor's minutes, also those without a tick, which have no volume."""
    return [
        Minute(
            DAY + timedelta(seconds=second), *map(_price, (open_, high, low, close)), _units(volume)
        )
        for second, open_, close, low, high, volume in _records(
            root, "BID_candles_min_1.bi5", CANDLE
        )
    ]


def _records(root: Path, name: str, shape: struct.Struct) -> Iterator[tuple]:
    packed = (root / DIRECTORY / name).read_bytes()
    return shape.iter_unpack(lzma.decompress(packed)) if packed else iter(())


def _price(points: int) -> Decimal:
    return Decimal(points).scaleb(-5)


def _units(millions: float) -> Decimal:
    units = round(millions * 1_000_000 / VOLUME_STEP) * VOLUME_STEP
    assert struct.pack(">f", units / 1_000_000) == struct.pack(">f", millions)
    return Decimal(units)
