"""Publishes a tree of Dukascopy's hour files: SYMBOL/YYYY/MM/DD/HHh_ticks.bi5, months from 00.

A file is LZMA around 20-byte records. All of an hour is checked before its first tick is sent.
"""

import lzma
import math
import re
import struct
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from db.errors import UsageError
from ingest.batch.age import AgeLimits
from ingest.formats.native_message import BatchEndMessage, TickMessage, encode
from ingest.formats.times import rfc3339
from ingest.kafka import producer, topics
from ingest.kafka.producer import Advance, OutgoingMessage, Published
from ingest.kafka.settings import KafkaSettings

SOURCE = "dukascopy"
VENUE = "DUKASCOPY"
HOUR_FILE = re.compile(r"(\w+)/(\d{4})/(\d\d)/(\d\d)/(\d\d)h_ticks\.bi5$")
RECORD = struct.Struct(">IIIff")  # ms of the hour, ask and bid in points, ask and bid volume
FLOAT32 = struct.Struct(">f")
HOUR_MS = 3_600_000
VOLUME_UNITS = 1_000_000  # a volume of 1.0 is a million of the base currency

# From Dukascopy's own metadata (priceScale). No rule gives them: HKD/JPY has five decimals.
CODES_BY_DECIMALS = {
    5: """AUD/CAD AUD/CHF AUD/NZD AUD/SGD AUD/USD CAD/CHF EUR/AUD EUR/CAD EUR/CHF EUR/DKK EUR/GBP
          EUR/HKD EUR/NOK EUR/NZD EUR/PLN EUR/SEK EUR/SGD EUR/TRY EUR/USD GBP/AUD GBP/CAD GBP/CHF
          GBP/NZD GBP/USD HKD/JPY NZD/CAD NZD/CHF NZD/USD USD/CAD USD/CHF USD/CNH USD/DKK USD/HKD
          USD/MXN USD/NOK USD/PLN USD/SEK USD/SGD USD/TRY USD/ZAR""",
    4: "COPPER.CMD/USD EUR/CZK GAS.CMD/USD",
    3: """AUD/JPY CAD/JPY CHF/JPY EUR/HUF EUR/JPY GBP/JPY NZD/JPY SGD/JPY USD/HUF USD/JPY ZAR/JPY
          XAG/USD XAU/USD XPD.CMD/USD XPT.CMD/USD BRENT.CMD/USD LIGHT.CMD/USD
          DEU.IDX/EUR FRA.IDX/EUR GBR.IDX/GBP JPN.IDX/JPY USA30.IDX/USD USA500.IDX/USD
          USATECH.IDX/USD""",
    1: "BTC/USD ETH/USD LTC/USD",
}


class Instrument(NamedTuple):
    """An instrument of Dukascopy's; its files have neither its code nor its scale."""

    code: str  # EUR/USD
    decimals: int  # of its prices


class Hour(NamedTuple):
    """One file; hours sort by symbol, then time."""

    symbol: str  # the name of its folder, EURUSD
    start: datetime
    path: Path


class Quote(NamedTuple):
    """One record of an hour file: millisecond of the hour, prices in points, volumes as stored."""

    ms: int
    ask: int
    bid: int
    ask_volume: float
    bid_volume: float


class CorruptHour(Exception):
    """A file is not an hour file; its text says why."""


def publish(
    settings: KafkaSettings,
    directory: str | Path,
    *,
    topic: str = topics.BACKFILL,
    scales: Mapping[str, int] | None = None,
    replace: bool = False,
    advance: Advance = lambda _hours: None,
) -> Published:
    """Publishes every hour file below `directory`, by symbol and then by time.

    `scales` maps an instrument to the decimals of its prices, {"EURUSD": 5} or {"EUR/USD": 5}, and
    overrides CODES_BY_DECIMALS. With `replace`, each hour replaces the stored ticks of that hour.
    `advance` is called with the number of hours done since its last call. `count` of the result is
    in ticks; `failures` has a line for each file that was left out as corrupt or misplaced.
    Raises UsageError if there is no hour file or an instrument's decimals are unknown, and as
    producer.publish().
    """
    hours, failures = find(directory)
    known = instruments({hour.symbol for hour in hours}, scales or {})
    ended: list[Hour] = []
    made = _messages(hours, known, replace, failures, ended, advance)
    published = producer.publish(settings, topic, made)
    return msgspec.structs.replace(
        published,
        count=published.count - len(ended),
        failures=(*failures, *published.failures),
    )


def find(directory: str | Path) -> tuple[list[Hour], list[str]]:
    """Returns the hours below `directory`, sorted, and a line for each misplaced file.

    Raises UsageError if there is no hour file.
    """
    hours, misplaced = [], []
    for path in Path(directory).resolve().rglob("*h_ticks.bi5"):
        try:
            hours.append(_hour(path))
        except ValueError:
            misplaced.append(
                f"{path}: not at SYMBOL/YYYY/MM/DD/HHh_ticks.bi5 with months from 00 to 11"
            )
    if not hours and not misplaced:
        raise UsageError(f"{directory} contains no SYMBOL/YYYY/MM/DD/HHh_ticks.bi5")
    return sorted(hours), sorted(misplaced)


def find_too_old(hours: Sequence[Hour], limits: AgeLimits) -> str | None:
    """Returns a line about hours that begin before `limits` allow, if there are any."""
    limit = limits.get("quote")
    old = [hour for hour in hours if limit and rfc3339(hour.start) < limit.since]
    if not limit or not old:
        return None
    first = min(hour.start for hour in old)
    return (
        f"{len(old)} of {len(hours)} hours are too old, the oldest of {first:%Y-%m-%d %H:%M} UTC:"
        f" {limit.sentence}"
    )


def _hour(path: Path) -> Hour:
    matched = HOUR_FILE.search(path.as_posix())
    if matched is None:
        raise ValueError(path)
    symbol, year, month, day, hour = matched.groups()
    start = datetime(int(year), int(month) + 1, int(day), int(hour), tzinfo=UTC)
    return Hour(symbol, start, path)


def instruments(symbols: Collection[str], scales: Mapping[str, int]) -> dict[str, Instrument]:
    """Returns the instrument of each symbol; raises UsageError if its decimals are unknown."""
    known = {
        _folder(code): Instrument(code, decimals)
        for decimals, codes in CODES_BY_DECIMALS.items()
        for code in codes.split()
    }
    for code, decimals in scales.items():
        listed = known.get(_folder(code))
        known[_folder(code)] = Instrument(listed.code if listed else code, decimals)
    if unknown := sorted(set(symbols) - known.keys()):
        raise UsageError(
            f"the number of decimals in prices of {', '.join(unknown)} is not known: "
            f"pass --scale {unknown[0]}=N"
        )
    return {symbol: known[symbol] for symbol in symbols}


def _folder(code: str) -> str:
    return code.replace("/", "").replace(".", "")


def _messages(
    hours: Iterable[Hour],
    known: Mapping[str, Instrument],
    replace: bool,
    failures: list[str],
    ended: list[Hour],
    advance: Advance,
) -> Iterator[OutgoingMessage]:
    """Yields each hour's ticks and its end; a corrupt file adds a line to `failures` instead."""
    # A replacement has a name of its own: ticks of an interrupted one do not count for the next.
    attempt = format(time.time_ns(), "x")
    for hour in hours:
        try:
            quotes = decode(hour.path.read_bytes())
        except (CorruptHour, OSError) as error:
            failures.append(f"{hour.path}: {error}")
        else:
            instrument = known[hour.symbol]
            batch = f"{SOURCE}/{hour.symbol}/{hour.start:%Y-%m-%dT%H}"
            if replace:
                batch = f"{batch}/{attempt}"
            end = _end(instrument, hour.start, batch, len(quotes), replace)
            for tick in ticks(instrument, hour.start, quotes, batch if replace else None):
                yield OutgoingMessage(end.symbol, encode(tick))
            ended.append(hour)
            yield OutgoingMessage(end.symbol, encode(end))
        advance(1)


def _end(
    instrument: Instrument, start: datetime, batch: str, rows: int, replace: bool
) -> BatchEndMessage:
    return BatchEndMessage(
        batch=batch,
        rows=rows,
        event_kind="quote",
        source=SOURCE,
        symbol=_canonical(instrument),
        since=start,
        until=start + timedelta(hours=1),
        replace=replace or UNSET,
    )


def decode(packed: bytes) -> list[Quote]:
    """Returns the quotes of an hour file, none for an empty one; raises CorruptHour."""
    if not packed:
        return []
    if packed.lstrip().startswith(b"<"):
        raise CorruptHour("a web page, not an hour file")
    try:
        data = lzma.decompress(packed, format=lzma.FORMAT_ALONE)
    except lzma.LZMAError as error:
        raise CorruptHour(f"not a complete LZMA file: {error}") from error
    if len(data) % RECORD.size:
        raise CorruptHour(f"{len(data)} bytes are not a multiple of {RECORD.size}-byte records")
    quotes = [Quote._make(fields) for fields in RECORD.iter_unpack(data)]
    _check(quotes)
    return quotes


def _check(quotes: Iterable[Quote]) -> None:
    before = 0
    for number, (ms, ask, bid, ask_volume, bid_volume) in enumerate(quotes, 1):
        if not before <= ms < HOUR_MS:
            raise CorruptHour(
                f"record {number}: millisecond {ms} is out of order or beyond the hour"
            )
        if not 0 < bid <= ask:
            raise CorruptHour(f"record {number}: ask {ask} and bid {bid} are impossible")
        if not (0 <= ask_volume < math.inf and 0 <= bid_volume < math.inf):
            raise CorruptHour(
                f"record {number}: volumes {ask_volume} and {bid_volume} are impossible"
            )
        before = ms


def ticks(
    instrument: Instrument, start: datetime, quotes: Iterable[Quote], batch: str | None = None
) -> Iterator[TickMessage]:
    """Yields the ticks of the hour that begins at `start`; with `batch`, they replace that hour.

    Many share a millisecond: their ordinal within it makes them distinct and keeps their order.
    """
    symbol, decimals = _canonical(instrument), instrument.decimals
    start_ms = int(start.timestamp()) * 1000
    flags = ("backfill", "replace") if batch else ("backfill",)
    before, ordinal = -1, 0
    for ms, ask, bid, ask_volume, bid_volume in quotes:
        ordinal = ordinal + 1 if ms == before else 0
        before = ms
        yield TickMessage(
            kind="quote",
            source=SOURCE,
            symbol=symbol,
            event_time=start + timedelta(milliseconds=ms),
            bid=_price(bid, decimals),
            bid_size=units(bid_volume),
            ask=_price(ask, decimals),
            ask_size=units(ask_volume),
            seq=ordinal,
            dedupe_id=f"{start_ms + ms}-{ordinal}",
            flags=flags,
            batch=batch or UNSET,
        )


def _canonical(instrument: Instrument) -> str:
    return f"{VENUE}:{instrument.code}"


def _price(points: int, decimals: int) -> str:
    return format(Decimal(points).scaleb(-decimals), "f")


@lru_cache(maxsize=65_536)
def units(millions: float) -> str:
    """Returns a volume in units, exactly: "1800000" for the 32-bit float nearest to 1.8.

    The shortest decimal with the same 32-bit float is the one that was meant; it never has more
    than nine digits.
    """
    texts = (f"{millions:.{digits}g}" for digits in range(6, 10))
    meant = next(t for t in texts if FLOAT32.unpack(FLOAT32.pack(float(t)))[0] == millions)
    return format((Decimal(meant) * VOLUME_UNITS).normalize(), "f")
