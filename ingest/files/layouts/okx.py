"""OKX's historical data: each fill, as in its channel `trades-all`, or joined, as in `trades`.

The two are two sources, as in the channels. Sizes of swaps and futures are contracts.
"""

import re
from collections.abc import Callable

from ingest.files import members, symbols
from ingest.files.layout import FileFacts, FileOptions, Layout, Message, Row, RowReader
from ingest.files.members import BACKFILL, Members
from ingest.files.moments import unix_times
from ingest.formats.fields import shown

HEADER = ("instrument_name", "trade_id", "side", "price", "size", "created_time")
NEWER = (*HEADER, "source")
# Older files name the columns in English and Chinese, in GB2312, and the instrument only in their
# own name; or have no header.
OLDER = ("trade_id", "side", "size", "price", "created_time")
NAME = re.compile(r"(?!all)(.+?)-(?:agg)?trades-\d{4}-?\d\d.*")
SIDES = {"buy": "buy", "sell": "sell", "BUY": "buy", "SELL": "sell"}


def _open(file: FileFacts, options: FileOptions) -> RowReader:
    source = options.source or ("okx" if "-aggtrades-" in file.stem else "okx.all")
    older = file.header == OLDER
    id_at, side_at, price_at, size_at, time_at = (0, 1, 3, 2, 4) if older else (1, 2, 3, 4, 5)
    symbol_of = _symbols(file, options, is_in_rows=not older)
    heads = members.heads(source, "trade")
    prices, sizes = members.prices(), members.needed_sizes()
    sides = members.words("side", SIDES)
    time = unix_times(options.limits.get("trade"), options.time_unit)

    def read(row: Row) -> Message:
        symbol, tick_id = symbol_of(row[0]), row[id_at]
        if not (tick_id.isdigit() and tick_id.isascii()):
            raise ValueError(f"trade_id is {shown(tick_id)}, not a number")
        return symbol, (
            f'{heads[symbol]}{time(row[time_at])}"{prices[row[price_at]]}{sizes[row[size_at]]}'
            f'{sides[row[side_at]]},"dedupe_id":"{tick_id}"{BACKFILL}'
        ).encode()

    return read


def _symbols(file: FileFacts, options: FileOptions, *, is_in_rows: bool) -> Callable[[str], str]:
    """Returns a function of the first cell of a row that gives its symbol."""
    if is_in_rows:
        symbols.refuse_option(file, options)
        return Members(lambda name: f"OKX:{members.symbol_of_cell(name)}").__getitem__
    symbol = symbols.at_venue("OKX", symbols.of_file(file, options, NAME))
    return lambda _cell: symbol


LAYOUTS = (
    Layout(
        name="okx",
        open=_open,
        headers=(HEADER, NEWER, OLDER),
        widths=(len(HEADER), len(NEWER)),
        takes=("time_unit",),
    ),
)
