"""MetaTrader 5's ticks: tabs, the clock of the broker, and a value only where it has changed."""

import re

from db.errors import UsageError
from ingest.files import clocks, content_ids, members, names, symbols
from ingest.files.clocks import fraction
from ingest.files.content_ids import ReadFields
from ingest.files.layout import FileFacts, FileOptions, Layout, Row, RowReader
from ingest.files.members import Members
from ingest.formats.fields import shown

NAME = re.compile(r"(.+?)_[0-9]{8,14}_[0-9]{8,14}")
TIME = re.compile(r"([0-9]{4})[./-]([0-9]{2})[./-]([0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2})")
COLUMNS = ("<DATE>", "<TIME>", "<BID>", "<ASK>", "<LAST>", "<VOLUME>")
BID, ASK, LAST, VOLUME, FLAGS = 2, 3, 4, 5, 6
PRICE, SIZE, BOUGHT, SOLD = 8, 16, 32, 64  # bits of the flags: what has changed, and who began
DEAL = PRICE | SIZE | BOUGHT | SOLD
SIDES = {0: "", BOUGHT: ',"side":"buy"', SOLD: ',"side":"sell"', BOUGHT | SOLD: ""}
SECOND = len("12:05:00")


def _open(file: FileFacts, options: FileOptions) -> RowReader:
    if options.time_zone is None:
        raise UsageError(
            f"{file.name}: its times are those of the broker's clock: state it with --time-zone,"
            " America/New_York+7 for most brokers, or Europe/Athens for example"
        )
    has_trades = any(_has_deal(row) for row in file.first_rows if len(row) == file.width)
    if has_trades and options.kind is None:
        raise UsageError(
            f"{file.name}: has quotes and trades: choose --kind quote or --kind trade, then the"
            " other one"
        )
    kind = options.kind or "quote"
    symbol = symbols.at_venue("METATRADER", names.symbol_of(file, options, NAME))
    source = options.source or "metatrader"
    head = members.heads(source, kind)[symbol]
    seconds = clocks.seconds_of(options.time_zone, options.limits.get(kind), _iso)

    below = Members(_below)

    def time_of(row: Row) -> str:
        clock = row[1]
        return f"{seconds[f'{row[0]} {clock[:SECOND]}']}.{below[clock[SECOND:]]}Z"

    if kind == "trade":
        fields_of = _trades(has_flags=file.width > FLAGS)
    else:
        fields_of = _quotes(is_asked_for=options.kind is not None)
    return content_ids.reader(symbol, head, options.counts.of(source, symbol), time_of, fields_of)


def _iso(text: str) -> str:
    found = TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"time is {shown(text)}, not like '2026.02.27 12:05:00'")
    year, month, day, clock = found.groups()
    return f"{year}-{month}-{day}T{clock}"


def _below(text: str) -> str:
    """Returns the decimals of a second of ".123", or of none."""
    if text and not (text[0] == "." and text[1:].isdecimal() and text.isascii()):
        raise ValueError(f"time has {shown(text)} behind its second, not .123")
    return fraction(text[1:])


def _quotes(*, is_asked_for: bool) -> ReadFields:
    """Returns a reader of bids and asks; one that has not changed is that of a row before."""
    bids, asks = members.sides_of_quotes("bid"), members.sides_of_quotes("ask")
    plain = Members(lambda text: members.normal(text) if text.strip() else "")
    bid = ask = ""

    def fields_of(row: Row) -> tuple[str, str] | None:
        nonlocal bid, ask
        if not is_asked_for and _has_deal(row):
            raise ValueError("is a trade: choose --kind quote or --kind trade")
        new_bid, new_ask = bids[row[BID]], asks[row[ASK]]
        if not new_bid and not new_ask:
            return None
        bid, ask = new_bid or bid, new_ask or ask
        return f"{bid}{ask}", f"{plain[row[BID]]}/{plain[row[ASK]]}"

    return fields_of


def _trades(*, has_flags: bool) -> ReadFields:
    """Returns a reader of deals; a price or volume that has not changed is that of a row before."""
    prices, sizes = members.prices(), members.sizes()
    plain = Members(lambda text: members.normal(text) if text.strip() else "")
    price = size = ""

    def fields_of(row: Row) -> tuple[str, str] | None:
        nonlocal price, size
        new_price, new_size = row[LAST].strip(), row[VOLUME].strip()
        flags = _flags(row) if has_flags else DEAL if _has_deal(row) else 0
        if not flags & DEAL:
            return None
        price, size = new_price or price, new_size or size
        content = f"{plain[new_price]}/{plain[new_size]}/{flags & DEAL}"
        return f"{prices[price]}{sizes[size]}{SIDES[flags & (BOUGHT | SOLD)]}", content

    return fields_of


def _has_deal(row: Row) -> bool:
    """Whether a row is that of a deal: by its flags, else by a last price that is not zero."""
    if len(row) > FLAGS:
        return bool(_flags(row) & DEAL)
    return any(digit in row[LAST] for digit in "123456789")


def _flags(row: Row) -> int:
    text = row[FLAGS]
    if not (text.isdecimal() and text.isascii() and len(text) < 6):
        raise ValueError(f"flags are {shown(text)}, not a number")
    return int(text)


LAYOUTS = (
    Layout(
        name="metatrader",
        open=_open,
        headers=((*COLUMNS, "<FLAGS>"), COLUMNS),
        delimiter="\t",
        kinds=("trade", "quote"),
        takes=("time_zone",),
    ),
)
