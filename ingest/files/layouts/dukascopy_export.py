"""Dukascopy's export of ticks as CSV, the ask before the bid.

Symbols, ids and sizes are those of its downloads, so that an hour in both is stored once. Volumes
are millions of the base currency, as in its hour files.
"""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from db.errors import UsageError
from ingest.batch.age import AgeLimit
from ingest.files import clocks, members, names, sides
from ingest.files.layout import FileFacts, FileOptions, Layout, Message, Row, RowReader
from ingest.files.members import BACKFILL, Members
from ingest.files.moments import written_times
from ingest.formats.fields import EXACT, shown
from ingest.formats.times import SECOND_LENGTH
from ingest.sources.dukascopy_instruments import SOURCE, VENUE, folder, known

NAME = re.compile(r"(.+?)_Ticks_.+", re.IGNORECASE)
TIME = re.compile(
    r"([0-9]{2})\.([0-9]{2})\.([0-9]{4}) ([0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?: (?:GMT|UTC)([+-][0-9]{2}):?([0-9]{2}))?"
)
SHAPE = "not like '27.02.2026 12:05:00.123'"
CLOCK, BELOW = len("27.02.2026 12:05:00"), len("27.02.2026 12:05:00.123")
MILLIONS = 6
COLUMNS = ("Ask", "Bid", "AskVolume", "BidVolume")
GMT, LOCAL = "Gmt time", "Local time"


def _open(file: FileFacts, options: FileOptions) -> RowReader:
    symbol = _symbol(names.symbol_of(file, options, NAME))
    sides.check(file, bid_at=2, ask_at=1)
    source = options.source or SOURCE
    head = members.heads(source, "quote")[symbol]
    zone = options.time_zone
    if zone is None and (file.header or ("",))[0].strip().lower() == GMT.lower():
        zone = ZoneInfo("UTC")
    limit = options.limits.get("quote")
    local, zoned = _local_seconds(zone, limit), _zoned_seconds(limit)
    epochs = Members(_epoch)
    bids, asks = members.prices("bid"), members.prices("ask")
    bid_sizes, ask_sizes = Members(_units("bid_size")), Members(_units("ask_size"))
    place = options.counts.of(source, symbol).place

    def read(row: Row) -> Message:
        text = row[0]
        ms = text[CLOCK:BELOW]
        if len(ms) != 4 or ms[0] != "." or not ms[1:].isdecimal() or not ms.isascii():
            raise ValueError(f"time is {shown(text)}, {SHAPE}")
        seconds = zoned if len(text) > BELOW else local
        second, ms = seconds[f"{text[:CLOCK]}{text[BELOW:]}"], ms[1:]
        time = f"{second}.{ms}000Z"
        number = place(time, "")[1]
        return symbol, (
            f'{head}{time}"{bids[row[2]]}{bid_sizes[row[4]]}{asks[row[1]]}{ask_sizes[row[3]]}'
            f',"seq":{number},"dedupe_id":"{epochs[second]}{ms}-{number}"{BACKFILL}'
        ).encode()

    return read


def _symbol(text: str) -> str:
    """Returns DUKASCOPY:EUR/USD of EURUSD, EUR-USD or EUR/USD; raises UsageError."""
    name = text.strip().upper().removeprefix(f"{VENUE}:").replace("-", "/")
    instrument = known().get(folder(name))
    if instrument is None and "/" not in name:
        raise UsageError(f"{shown(text)} is not an instrument of Dukascopy: --symbol EUR/USD say")
    return f"{VENUE}:{instrument.code if instrument else name}"


def _local_seconds(zone: ZoneInfo | None, limit: AgeLimit | None) -> Members:
    """Returns seconds of UTC by texts without decimals that name no zone, so are of `zone`."""

    def iso(text: str) -> str:
        time, _ = _parsed(text)
        if zone is None:
            raise ValueError(f"time {shown(text)} names no zone: state it with --time-zone")
        return time

    return clocks.seconds_of(zone, limit, iso) if zone else Members(iso)


def _zoned_seconds(limit: AgeLimit | None) -> Members:
    """Returns seconds of UTC by texts without decimals that name their offset."""
    read = written_times(None, limit)
    return Members(lambda text: read("".join(_parsed(text)))[:SECOND_LENGTH])


def _parsed(text: str) -> tuple[str, str]:
    """Returns a time as ISO 8601 has it, and its offset, if it names one; raises ValueError."""
    found = TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"time is {shown(text)}, {SHAPE}")
    day, month, year, clock, hours, minutes = found.groups()
    return f"{year}-{month}-{day}T{clock}", f"{hours}:{minutes}" if hours else ""


def _epoch(second: str) -> str:
    return str(int(datetime.fromisoformat(f"{second}Z").timestamp()))


def _units(key: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not text.strip():
            return ""
        size = Decimal(members.number(text, key))
        if size < 0:
            raise ValueError(f"{key} is {shown(text)}, below zero")
        return f',"{key}":"{format((size.scaleb(MILLIONS)).normalize(EXACT), "f")}"'

    return read


LAYOUTS = (
    Layout(
        name="dukascopy_export",
        kinds=("quote",),
        takes=("time_zone",),
        open=_open,
        headers=((GMT, *COLUMNS), (LOCAL, *COLUMNS)),
    ),
)
