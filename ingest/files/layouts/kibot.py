"""Kibot's ticks: seconds of New York, without ids, where equal rows are trades of their own."""

import re
from functools import partial
from zoneinfo import ZoneInfo

from db.errors import UsageError
from ingest.files import clocks, content_ids, members, names
from ingest.files.content_ids import ReadFields
from ingest.files.layout import FileFacts, FileOptions, Layout, Row, RowReader
from ingest.files.members import Members
from ingest.formats.fields import shown

NEW_YORK = ZoneInfo("America/New_York")
SYMBOL = re.compile(r"[A-Z][A-Z0-9.\-_$^]{0,15}")
TIME = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4}) ([0-9]{2}:[0-9]{2}:[0-9]{2})")
WITH_QUOTES, WITHOUT = 6, 4  # columns: Date,Time,Price[,Bid,Ask],Size


def _open(file: FileFacts, options: FileOptions) -> RowReader:
    kind = options.kind or "trade"
    if kind == "quote" and file.width == WITHOUT:
        raise UsageError(f"{file.name}: its rows have trades alone, no quotes")
    symbol = _symbol(file, options)
    source = options.source or "kibot"
    head = members.heads(source, kind)[symbol]
    seconds = clocks.seconds_of(options.time_zone or NEW_YORK, options.limits.get(kind), _iso)
    fields_of = _quotes() if kind == "quote" else _trades(file.width - 1)
    return content_ids.reader(
        symbol,
        head,
        options.counts.of(source, symbol),
        lambda row: f"{seconds[f'{row[0]} {row[1]}']}.000000Z",
        fields_of,
    )


def _symbol(file: FileFacts, options: FileOptions) -> str:
    name = options.symbol or names.base_of(file).upper()
    if not options.symbol and not SYMBOL.fullmatch(name):
        raise UsageError(f"{file.name}: is not named by a symbol, like IBM.txt: use --symbol")
    return name


def _iso(text: str) -> str:
    found = TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"time is {shown(text)}, not like '02/27/2026 09:30:00'")
    month, day, year, clock = found.groups()
    return f"{year}-{month}-{day}T{clock}"


def _trades(size_at: int) -> ReadFields:
    prices, plain = members.prices(), Members(members.normal)
    known = members.needed_sizes()
    # Where sizes are not known, of currencies for example, they are 0.
    sizes = Members(lambda text: known[text] if known[text] and plain[text] != "0" else "")

    def fields_of(row: Row) -> tuple[str, str]:
        price, size = row[2], row[size_at]
        fields = f"{prices[price]}{sizes[size]}"
        return fields, f"{plain[price]}/{plain[size] if sizes[size] else ''}"

    return fields_of


def _quotes() -> ReadFields:
    bids, asks = (Members(partial(_side, key)) for key in ("bid", "ask"))
    plain = Members(members.normal)

    def fields_of(row: Row) -> tuple[str, str] | None:
        bid, ask = bids[row[3]], asks[row[4]]
        if not bid and not ask:
            return None
        content = f"{plain[row[3]] if bid else ''}/{plain[row[4]] if ask else ''}"
        return f"{bid}{ask}", content

    return fields_of


def _side(key: str, text: str) -> str:
    """Returns the member of a bid or ask; zero is one that there is not."""
    if not text.strip() or members.normal(text) == "0":
        return ""
    return f',"{key}":"{members.number(text, key)}"'


LAYOUTS = (
    Layout(
        name="kibot",
        open=_open,
        widths=(WITH_QUOTES, WITHOUT),
        kinds=("trade", "quote"),
        takes=("time_zone",),
    ),
)
