"""Bybit's public data: trades of derivatives, with the ids of its streams, and of spot pairs.

The ids of spot pairs are numbers of lines, so their trades are a source of their own: they could
not be told from the same ones of the feed.
"""

import re
from collections.abc import Sequence

from ingest.files import members, symbols
from ingest.files.ids import Moments
from ingest.files.layout import FileFacts, FileOptions, Layout, Message, Row, RowReader
from ingest.files.members import BACKFILL, Members, normal
from ingest.files.moments import unix_times

SPOT_SOURCE = "bybit.history"
DERIVATIVES = (
    "timestamp", "symbol", "side", "size", "price", "tickDirection", "trdMatchID", "grossValue",
    "homeNotional", "foreignNotional",
)  # fmt: skip
SPOT = ("id", "timestamp", "price", "volume", "side")
RPI = "rpi"  # a column of newer files
NAME = re.compile(r"(.+?)[_-]?\d{4}-\d\d.*")
SIDES = {"Buy": "buy", "Sell": "sell", "buy": "buy", "sell": "sell"}
# Perpetuals that are named like a spot pair have a symbol of their own.
LIKE_PAIR = re.compile(r"\w+(USDT|USDC|USD)", re.ASCII)
LAST_OF_MOMENT = 1_000_000


def _derivatives(file: FileFacts, options: FileOptions) -> RowReader:
    symbols.refuse_option(file, options)
    heads = members.heads(options.source or "bybit", "trade", _derivative)
    names = Members(_derivative)
    prices, sizes = members.prices(), members.needed_sizes()
    sides, ids = members.words("side", SIDES), members.ids("trdMatchID")
    time = unix_times(options.limits.get("trade"), options.time_unit or "s")
    count = Moments().number
    is_descending = _is_descending(file.first_rows)

    def read(row: Row) -> Message:
        name, tick_id, at = row[1], row[6], time(row[0])
        fields = f"{prices[row[4]]}{sizes[row[3]]}{sides[row[2]]}"
        number = count(at)
        if is_descending:
            number = LAST_OF_MOMENT - number
        return names[name], (
            f'{heads[name]}{at}"{fields},"seq":{number},"dedupe_id":{ids[tick_id]}{BACKFILL}'
        ).encode()

    return read


def _derivative(name: str) -> str:
    """Returns BYBIT:BTCUSDT.P of a perpetual that is named like a pair, else BYBIT:BTCUSDH26."""
    name = members.symbol_of_cell(name)
    return symbols.at_venue("BYBIT", f"{name}.P" if LIKE_PAIR.fullmatch(name) else name)


def _is_descending(rows: Sequence[Row]) -> bool:
    """Returns whether a file begins with its newest trades, as the older ones do."""
    times = [float(row[0]) for row in rows if re.fullmatch(r"\d+(\.\d+)?", row[0], re.ASCII)]
    return bool(times) and times[0] > times[-1]


def _spot(file: FileFacts, options: FileOptions) -> RowReader:
    symbol = symbols.at_venue("BYBIT", symbols.of_file(file, options, NAME))
    source = options.source or SPOT_SOURCE
    head = members.heads(source, "trade")[symbol]
    prices, sizes = members.prices(), members.needed_sizes()
    sides = members.words("side", SIDES)
    contents = Members(normal)
    time = unix_times(options.limits.get("trade"), options.time_unit)
    place = options.counts.of(source, symbol).place

    def read(row: Row) -> Message:
        _, at, price, size, side = row[:5]
        at = time(at)
        fields = f"{prices[price]}{sizes[size]}{sides[side]}"
        tick_id, number = place(at, f"{contents[price]}x{contents[size]}{side.lower()}")
        return symbol, (
            f'{head}{at}"{fields},"seq":{number},"dedupe_id":"{tick_id}"{BACKFILL}'
        ).encode()

    return read


LAYOUTS = (
    Layout(
        name="bybit",
        open=_derivatives,
        headers=(DERIVATIVES, (*DERIVATIVES, RPI)),
        takes=("time_unit",),
    ),
    Layout(name="bybit_spot", open=_spot, headers=(SPOT, (*SPOT, RPI)), takes=("time_unit",)),
)
