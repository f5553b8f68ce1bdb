"""LEAN's ticks of US equities: milliseconds of the New York day that the file's name has.

Prices are in ten-thousandths. A row of quotes has the side that changed, the other is 0: it is made
two-sided with what the rows before it say of that side.
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from db.errors import UsageError
from ingest.files import clocks, content_ids, members, names
from ingest.files.clocks import fraction
from ingest.files.content_ids import ReadFields
from ingest.files.layout import FileFacts, FileOptions, Layout, Row, RowReader
from ingest.files.members import Members
from ingest.formats.events import Kind
from ingest.formats.fields import EXACT, shown

NEW_YORK = ZoneInfo("America/New_York")
DAY = re.compile(r"(?:.*_)?([0-9]{8})(?:_.*)?")
SYMBOL = re.compile(r"[0-9]{8}_(.+?)_(?:tick_(?:trade|quote)|(?:trade|quote)_tick)", re.IGNORECASE)
KINDS: dict[int, Kind] = {6: "trade", 8: "quote"}  # by the columns of a row
BARS = {"second", "minute", "hour", "daily"}
OTHER_MARKETS = {"crypto", "cryptofuture", "forex", "cfd", "future", "option", "index"}
HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{1,16}")
DECIMALS = 4
DAY_SECONDS = 86_400


def _open(file: FileFacts, options: FileOptions) -> RowReader:
    _check_name(file)
    kind = KINDS[file.width]
    if options.kind not in (None, kind):
        raise UsageError(f"{file.name}: its rows are {kind}s, not {options.kind}s")
    symbol = _symbol(file, options)
    source = options.source or "algoseek"
    # The flags of a trade are AlgoSeek's, whose rules say what it moves.
    head = members.heads(source, kind)[symbol]
    day = _day(file)
    zone = options.time_zone or NEW_YORK
    seconds = clocks.seconds_of(zone, options.limits.get(kind), partial(_iso, day))

    def time_of(row: Row) -> str:
        ms, below = row[0], ""
        if not (ms.isdecimal() and ms.isascii()):
            ms, _, below = ms.partition(".")
            if not (f"{ms}{below}".isdecimal() and row[0].isascii()):
                raise ValueError(f"time is {shown(row[0])}, not a millisecond of a day")
        if below or len(ms) < 4:
            return f"{seconds[ms[:-3]]}.{fraction(f'{ms[-3:]:0>3}{below}')}Z"
        return f"{seconds[ms[:-3]]}.{ms[-3:]}000Z"

    fields_of = _trades() if kind == "trade" else _quotes()
    return content_ids.reader(symbol, head, options.counts.of(source, symbol), time_of, fields_of)


def _check_name(file: FileFacts) -> None:
    """Raises UsageError for files of the same number of columns that have other contents."""
    words = set(re.split(r"[^a-z]+", file.name.lower()))
    if found := sorted(words & OTHER_MARKETS):
        raise UsageError(f"{file.name}: is of {found[0]}: only ticks of US equities are read")
    if "tick" not in words or words & BARS:
        raise UsageError(f"{file.name}: it is not named tick, nor its directory: are these bars?")


def _symbol(file: FileFacts, options: FileOptions) -> str:
    if options.symbol:
        return options.symbol
    found = names.found(file, SYMBOL)
    if found is None:
        raise UsageError(
            f"{file.name}: is not named like 20131007_ibm_tick_trade.csv: use --symbol"
        )
    return found[1].upper()


def _day(file: FileFacts) -> datetime:
    found = names.found(file, DAY)
    try:
        return datetime.fromisoformat(found[1] if found else "")
    except ValueError:
        raise UsageError(
            f"{file.name}: its name has no day, as 20131007_ibm_tick_trade.csv has"
        ) from None


def _iso(day: datetime, second: str) -> str:
    seconds = int(second or "0")
    if seconds >= DAY_SECONDS:
        raise ValueError(f"time is the second {shown(second)}, not one of a day")
    return (day + timedelta(seconds=seconds)).isoformat()


def _trades() -> ReadFields:
    prices = Members(lambda text: f',"price":"{_price(text, "price")}"')
    sizes, exchanges = members.needed_sizes(), members.labels("exchange")
    conditions, plain = Members(_condition), Members(members.normal)

    def fields_of(row: Row) -> tuple[str, str]:
        _check_mark(row[5])
        fields = f"{prices[row[1]]}{sizes[row[2]]}{exchanges[row[3]]}{conditions[row[4]]}"
        # Exchange and flags may be any text, and are no part of the id: equal rows are counted.
        return fields, f"{plain[row[1]]}/{plain[row[2]]}"

    return fields_of


def _quotes() -> ReadFields:
    bids, asks = (Members(partial(_side, key)) for key in ("bid", "ask"))
    bid_sizes, ask_sizes = members.sizes("bid_size"), members.sizes("ask_size")
    plain = Members(members.normal)
    bid = ask = ""

    def fields_of(row: Row) -> tuple[str, str] | None:
        nonlocal bid, ask
        _check_mark(row[7])
        new_bid, new_ask = bids[row[1]], asks[row[3]]
        if not new_bid and not new_ask:
            return None
        bid = f"{new_bid}{bid_sizes[row[2]]}" if new_bid else bid
        ask = f"{new_ask}{ask_sizes[row[4]]}" if new_ask else ask
        content = "/".join(plain[cell or "0"] for cell in row[1:5])
        return f"{bid}{ask}", content

    return fields_of


def _check_mark(text: str) -> None:
    """Raises ValueError unless the last cell says whether a tick is suspicious: bars have more."""
    if text not in ("", "0", "1"):
        raise ValueError(f"suspicious is {shown(text)}, neither 0 nor 1: are these bars?")


def _side(key: str, text: str) -> str:
    """Returns the member of a bid or ask; zero is one that has not changed."""
    price = _price(text or "0", key)
    return f',"{key}":"{price}"' if Decimal(price) else ""


def _price(text: str, key: str) -> str:
    return format(Decimal(members.number(text, key)).scaleb(-DECIMALS, EXACT), "f")


def _condition(text: str) -> str:
    """Returns the member of the flags of a trade, a hexadecimal number."""
    if not text:
        return ""
    flags = f"0x{text.lower()}" if HEXADECIMAL.fullmatch(text) else members.label(text, "flags")
    return f',"conditions":[{members.quoted(flags)}]'


LAYOUTS = (
    Layout(
        name="lean", open=_open, widths=tuple(KINDS), kinds=("trade", "quote"), takes=("time_zone",)
    ),
)
