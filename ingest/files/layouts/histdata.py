"""HistData's ticks: bids and asks in Eastern Standard Time all year, without daylight saving."""

import re
from zoneinfo import ZoneInfo

from ingest.files import clocks, content_ids, members, names, sides, symbols
from ingest.files.layout import FileFacts, FileOptions, Layout, Row, RowReader
from ingest.files.members import Members
from ingest.formats.fields import shown

EST = ZoneInfo("Etc/GMT+5")  # five hours behind UTC; POSIX has the sign the other way round
NAME = re.compile(r"DAT_ASCII_([A-Z0-9]+)_T_?[0-9]{6}", re.IGNORECASE)
TIME = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2}) ([0-9]{2})([0-9]{2})([0-9]{2})")
DIGITS = len("20260227 120500")


def _open(file: FileFacts, options: FileOptions) -> RowReader:
    symbol = symbols.at_venue("HISTDATA", names.symbol_of(file, options, NAME))
    source = options.source or "histdata"
    head = members.heads(source, "quote")[symbol]
    sides.check(file, bid_at=1, ask_at=2)
    seconds = clocks.seconds_of(EST, options.limits.get("quote"), _iso)
    bids, asks = members.prices("bid"), members.prices("ask")
    plain = Members(members.normal)

    def time_of(row: Row) -> str:
        text = row[0]
        below = text[DIGITS:]
        if len(below) != 3 or not below.isdecimal() or not below.isascii():
            raise ValueError(f"time is {shown(text)}, not like '20260227 120500123'")
        return f"{seconds[text[:DIGITS]]}.{below}000Z"

    # The fourth column, a volume, is always 0: these are quotes without sizes.
    def fields_of(row: Row) -> tuple[str, str]:
        return f"{bids[row[1]]}{asks[row[2]]}", f"{plain[row[1]]}/{plain[row[2]]}"

    return content_ids.reader(symbol, head, options.counts.of(source, symbol), time_of, fields_of)


def _iso(text: str) -> str:
    found = TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"time is {shown(text)}, not like '20260227 120500123'")
    year, month, day, hour, minute, second = found.groups()
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}"


LAYOUTS = (Layout(name="histdata", open=_open, widths=(4,), kinds=("quote",)),)
