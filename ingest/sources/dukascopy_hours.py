"""An hour of Dukascopy's quotes: decoded from either form, bi5 or JSON, and made into messages.

A bi5 file is LZMA around 20-byte records; in JSON, times and prices are differences, in columns.
All of an hour is checked before its first message is made.
"""

import lzma
import math
import struct
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate, islice
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from ingest.formats.native_message import BatchEndMessage, TickMessage, encode
from ingest.kafka.producer import OutgoingMessage
from ingest.sources.dukascopy_instruments import SOURCE, Instrument

RECORD = struct.Struct(">IIIff")  # ms of the hour, ask and bid in points, ask and bid volume
FLOAT32 = struct.Struct(">f")
HOUR = timedelta(hours=1)
HOUR_MS = 3_600_000
SECONDS = tuple(f"{minute:02}:{second:02}" for minute in range(60) for second in range(60))
SEQ_PLACE = 987_654_321  # in the text of a tick, where its number goes
VOLUME_UNITS = 1_000_000  # in bi5, a volume of 1.0 is a million of the base currency


class Quote(NamedTuple):
    """One quote: millisecond of the hour, prices in points, sizes in units as they are written."""

    ms: int
    ask: int
    bid: int
    ask_size: str
    bid_size: str


class CorruptHour(Exception):
    """Bytes are not an hour of quotes; its text says why."""


class _Columns(msgspec.Struct):
    """An hour in JSON; sizes are absolute, the other columns are differences."""

    times: list[int]
    asks: list[int]
    bids: list[int]
    askVolumes: list[Decimal]  # noqa: N815
    bidVolumes: list[Decimal]  # noqa: N815
    timestamp: int | None = None  # Unix milliseconds
    multiplier: Decimal | None = None
    ask: Decimal | None = None
    bid: Decimal | None = None


Decode = Callable[[bytes, Instrument, datetime], list[Quote]]

_columns = msgspec.json.Decoder(_Columns)


def decode_bi5(packed: bytes, _instrument: Instrument, _start: datetime) -> list[Quote]:
    """Returns the quotes of an hour file, none for an empty one; raises CorruptHour."""
    if not packed:
        return []
    _refuse_page(packed)
    try:
        data = lzma.decompress(packed, format=lzma.FORMAT_ALONE)
    except lzma.LZMAError as error:
        raise CorruptHour(f"not a complete LZMA file: {error}") from error
    if len(data) % RECORD.size:
        raise CorruptHour(f"{len(data)} bytes are not a multiple of {RECORD.size}-byte records")
    records = list(RECORD.iter_unpack(data))
    _check(records)
    return [
        Quote(ms, ask, bid, units(ask_volume), units(bid_volume))
        for ms, ask, bid, ask_volume, bid_volume in records
    ]


def decode_json(text: bytes, instrument: Instrument, start: datetime) -> list[Quote]:
    """Returns the quotes of an hour in JSON, none if its columns are empty; raises CorruptHour."""
    if not text:
        return []
    _refuse_page(text)
    try:
        columns = _columns.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CorruptHour(f"not an hour in JSON: {error}") from error
    sizes = (columns.asks, columns.bids, columns.askVolumes, columns.bidVolumes)
    if any(len(column) != len(columns.times) for column in sizes):
        raise CorruptHour("its columns are not of one length")
    if not columns.times:
        return []
    quotes = list(_summed(columns, instrument, start))
    _check(quotes)
    return [
        Quote(ms, ask, bid, _plain(ask_volume), _plain(bid_volume))
        for ms, ask, bid, ask_volume, bid_volume in quotes
    ]


DECODERS: dict[str, Decode] = {"bi5": decode_bi5, "json": decode_json}


def _refuse_page(text: bytes) -> None:
    if text.lstrip().startswith(b"<"):
        raise CorruptHour("a web page, not an hour file")


def _summed(
    columns: _Columns, instrument: Instrument, start: datetime
) -> Iterator[tuple[int, int, int, Decimal, Decimal]]:
    """Yields the rows, summed up in whole points."""
    scale, first_ms = columns.multiplier, columns.timestamp
    ask, bid = columns.ask, columns.bid
    if scale is None or first_ms is None or ask is None or bid is None:
        raise CorruptHour("its base values are missing")
    if scale != Decimal(1).scaleb(-instrument.decimals):
        raise CorruptHour(
            f"its multiplier {scale} is not that of {instrument.decimals} decimals,"
            f" which {instrument.code} has"
        )
    since = first_ms - int(start.timestamp()) * 1000
    return zip(
        _sums(since, columns.times),
        _sums(round(ask / scale), columns.asks),
        _sums(round(bid / scale), columns.bids),
        columns.askVolumes,
        columns.bidVolumes,
        strict=True,
    )


def _sums(base: int, differences: list[int]) -> Iterator[int]:
    return islice(accumulate(differences, initial=base), 1, None)


def _check(records: Iterable[tuple[int, int, int, float | Decimal, float | Decimal]]) -> None:
    before = 0
    for number, (ms, ask, bid, ask_volume, bid_volume) in enumerate(records, 1):
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


def messages(
    instrument: Instrument, start: datetime, quotes: Iterable[Quote], attempt: str | None = None
) -> Iterator[OutgoingMessage]:
    """Yields the messages of the hour that begins at `start`: its ticks, then its end.

    With `attempt`, which has to be another one each time, they replace what is stored of the hour.
    Many ticks share a millisecond: their ordinal within it makes them distinct and keeps their
    order.
    """
    batch = f"{SOURCE}/{instrument.folder}/{start:%Y-%m-%dT%H}"
    if attempt is not None:
        batch = f"{batch}/{attempt}"
    key, decimals = instrument.symbol, instrument.decimals
    shape = _shape(key, None if attempt is None else batch)
    hour, start_ms = f"{start:%Y-%m-%dT%H}:", int(start.timestamp()) * 1000
    rows, before, ordinal = 0, -1, 0
    for ms, ask, bid, ask_size, bid_size in quotes:
        ordinal = ordinal + 1 if ms == before else 0
        before = ms
        rows += 1
        second, thousandths = divmod(ms, 1000)
        at = f"{hour}{SECONDS[second]}.{thousandths:03}000Z"
        ask_text, bid_text = _price(ask, decimals), _price(bid, decimals)
        fields = (at, bid_text, bid_size, ask_text, ask_size, ordinal, start_ms + ms, ordinal)
        yield OutgoingMessage(key, (shape % fields).encode())
    end = BatchEndMessage(
        batch=batch,
        rows=rows,
        event_kind="quote",
        source=SOURCE,
        symbol=key,
        since=start,
        until=start + HOUR,
        replace=True if attempt is not None else UNSET,
    )
    yield OutgoingMessage(key, encode(end))


def _shape(symbol: str, batch: str | None) -> str:
    """Returns the text of a tick with places for its values: it is three times as fast to fill."""
    tick = TickMessage(
        kind="quote",
        source=SOURCE,
        symbol=symbol.replace("%", "%%"),
        event_time="%s",
        bid="%s",
        bid_size="%s",
        ask="%s",
        ask_size="%s",
        seq=SEQ_PLACE,
        dedupe_id="%d-%d",
        flags=("backfill", "replace") if batch else ("backfill",),
        batch=batch.replace("%", "%%") if batch else UNSET,
    )
    return encode(tick).decode().replace(str(SEQ_PLACE), "%d")


@lru_cache(maxsize=65_536)
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
    return _plain(Decimal(meant) * VOLUME_UNITS)


@lru_cache(maxsize=65_536)
def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
