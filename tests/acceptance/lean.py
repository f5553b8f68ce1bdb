"""Reads a symbol's day as LEAN's zipped files have it: AlgoSeek's ticks and the bars made of them.

Times are milliseconds of the New York day, prices ten-thousandths of a dollar. A tick of a trade
has its flags as a hexadecimal number; a tick of a quote has one side, the other is 0.
"""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.oracle import Quote

NEW_YORK = ZoneInfo("America/New_York")
POINTS = ("open", "high", "low", "close")


class Print(NamedTuple):
    """A trade as the file has it; `ordinal` counts the trades of the day."""

    ts: datetime
    ordinal: int
    price: Decimal
    size: Decimal
    exchange: str
    flags: str


class Side(NamedTuple):
    """A change of one side of the best quote; the price of the other is None."""

    ts: datetime
    bid: Decimal | None
    bid_size: Decimal | None
    ask: Decimal | None
    ask_size: Decimal | None


class Bar(NamedTuple):
    """A bar of the vendor's, of trades or of one side of the quotes."""

    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


def day_of(path: Path) -> datetime:
    """Returns the start of the New York day that a file's name ends with, 20131007_trade.zip."""
    return datetime.strptime(path.stem.split("_")[-2], "%Y%m%d").replace(tzinfo=NEW_YORK)


def trades(path: Path) -> Iterator[Print]:
    """Yields the trades of a day, in the order of the file."""
    for ordinal, (ts, price, size, exchange, flags, _suspicious) in enumerate(_lines(path)):
        yield Print(ts, ordinal, _price(price), Decimal(size), exchange, f"0x{flags.lower()}")


def sides(path: Path) -> Iterator[Side]:
    """Yields the changes of the quote of a day, in the order of the file."""
    for ts, bid, bid_size, ask, ask_size, *_ in _lines(path):
        yield Side(ts, *_side(bid, bid_size), *_side(ask, ask_size))


def two_sided(changes: Iterable[Side], *, carried: bool) -> Iterator[Quote]:
    """Yields the quote after each change of a side; a side that was never seen is None.

    The vendor counts the quote in force at a minute's start as the minute's open: `carried` puts it
    there, before the first change of the minute.
    """
    bid = ask = (None, None)
    before, ordinal = None, 0
    for change in changes:
        minute = change.ts.replace(second=0, microsecond=0)
        if carried and minute != before and ordinal:
            yield _quote(minute, bid, ask, ordinal)
            ordinal += 1
        bid = (change.bid, change.bid_size) if change.bid else bid
        ask = (change.ask, change.ask_size) if change.ask else ask
        yield _quote(change.ts, bid, ask, ordinal)
        before, ordinal = minute, ordinal + 1


def _quote(ts: datetime, bid: tuple, ask: tuple, ordinal: int) -> Quote:
    return Quote(ts, bid[0], ask[0], bid[1], ask[1], seq=ordinal, tick_id=str(ordinal))


def bars(path: Path) -> Iterator[Bar]:
    """Yields the vendor's bars of trades, of seconds or minutes."""
    for line in _lines(path):
        yield _bar(*line)


def quote_bars(path: Path) -> Iterator[tuple[Bar, Bar]]:
    """Yields the vendor's bars of bids and of asks; the volume is the size at the end."""
    for ts, *fields in _lines(path):
        bid, ask = fields[:5], fields[5:]
        yield _bar(ts, *bid), _bar(ts, *ask)


def _bar(ts: datetime, *fields: str) -> Bar:
    *points, volume = fields
    return Bar(ts, *map(_price, points), Decimal(volume))


def _lines(path: Path) -> Iterator[tuple]:
    """Yields (time, the other fields) of each line."""
    start = day_of(path)
    with zipfile.ZipFile(path) as archive:
        for line in archive.read(archive.namelist()[0]).decode().split():
            ms, *fields = line.split(",")
            yield (start + timedelta(milliseconds=int(ms))).astimezone(UTC), *fields


def _price(text: str) -> Decimal:
    return Decimal(text).scaleb(-4)


def _side(price: str, size: str) -> tuple[Decimal | None, Decimal | None]:
    return (_price(price), Decimal(size)) if price != "0" else (None, None)
