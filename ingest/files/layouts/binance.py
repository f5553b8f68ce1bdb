"""Binance's public data: trades and aggregate trades, of the spot market and of futures.

Ids are those of its streams. Aggregate trades are a source of their own, as in the streams. Futures
have a symbol of their own, as their ids and prices are not those of the pair.
"""

import re
from functools import partial
from itertools import repeat
from typing import NamedTuple

from ingest.files import members, symbols
from ingest.files.checks import check_digits, check_lengths, check_numbers
from ingest.files.layout import (
    ColumnsReader,
    FileFacts,
    FileOptions,
    Layout,
    Message,
    Row,
    RowReader,
)
from ingest.files.members import BACKFILL
from ingest.files.moments import unix_seconds, unix_times
from ingest.formats.fields import shown

NAME = re.compile(r"(.+?)-(?:trades|aggTrades)-\d{4}-\d\d.*")
# isBuyerMaker: if the buyer was the maker, the taker sold.
TAKERS = {"true": "sell", "false": "buy", "True": "sell", "False": "buy"}
SPOT = ("id", "price", "qty", "quoteQty", "time", "isBuyerMaker", "isBestMatch")
SPOT_NEWER = ("id", "price", "qty", "quote_qty", "time", "is_buyer_maker", "is_best_match")
FUTURES = ("id", "price", "qty", "quote_qty", "time", "is_buyer_maker")
COIN_FUTURES = ("id", "price", "qty", "base_qty", "time", "is_buyer_maker")
AGGREGATES = (
    "agg_trade_id", "price", "quantity", "first_trade_id", "last_trade_id", "transact_time",
    "is_buyer_maker",
)  # fmt: skip
SPOT_AGGREGATES = (*AGGREGATES, "is_best_match")
MILLISECONDS, MICROSECONDS = 13, 16  # digits of a time of these years


class _Kind(NamedTuple):
    source: str
    time_at: int  # the column of the time; the maker is in the next
    spot_width: int  # columns of the spot market's files


TRADES = _Kind("binance", 4, len(SPOT))
JOINED = _Kind("binance.agg", 5, len(SPOT_AGGREGATES))


def _open(kind: _Kind, file: FileFacts, options: FileOptions) -> RowReader:
    symbol, head = _series(kind, file, options)
    prices, sizes = members.prices(), members.needed_sizes()
    sides = members.words("side", TAKERS, "is_buyer_maker")
    time = unix_times(options.limits.get("trade"), options.time_unit)
    time_at, maker_at = kind.time_at, kind.time_at + 1

    def read(row: Row) -> Message:
        tick_id = row[0]
        if not (tick_id.isdigit() and tick_id.isascii()):
            raise ValueError(f"id is {shown(tick_id)}, not a number")
        return symbol, (
            f'{head}{time(row[time_at])}"{prices[row[1]]}{sizes[row[2]]}{sides[row[maker_at]]}'
            f',"dedupe_id":"{tick_id}"{BACKFILL}'
        ).encode()

    return read


def _open_columns(kind: _Kind, file: FileFacts, options: FileOptions) -> ColumnsReader | None:
    if options.time_unit:
        return None
    symbol, head = _series(kind, file, options)
    sides = members.words("side", TAKERS)
    seconds = unix_seconds(options.limits.get("trade"))
    time_at, maker_at = kind.time_at, kind.time_at + 1

    def read(columns: list[list[str]]) -> list[Message]:
        ids, prices, sizes = columns[:3]
        times, makers = columns[time_at], columns[maker_at]
        check_digits(ids)
        check_numbers(prices)
        check_numbers(sizes)
        check_digits(times)
        zone = "Z" if len(times[0]) == MICROSECONDS else "000Z"
        check_lengths(times, MICROSECONDS if zone == "Z" else MILLISECONDS)
        values = [
            f'{head}{seconds[time[:10]]}.{time[10:]}{zone}","price":"{price}","size":"{size}"'
            f'{sides[maker]},"dedupe_id":"{tick_id}"{BACKFILL}'.encode()
            for tick_id, price, size, time, maker in zip(
                ids, prices, sizes, times, makers, strict=True
            )
        ]
        return list(zip(repeat(symbol), values, strict=False))

    return read


def _series(kind: _Kind, file: FileFacts, options: FileOptions) -> tuple[str, str]:
    """Returns the symbol of a file, and the beginning of its messages."""
    # A known header counts without the columns that are new behind it.
    width = len(file.header or ()) or file.width
    name = symbols.of_file(file, options, NAME)
    # The names of delivered futures, BTCUSD_PERP and BTCUSDT_260327, are no pair's.
    is_named_apart = "_" in name or ":" in name or name.endswith(".P")
    if width != kind.spot_width and not is_named_apart:
        name = f"{name}.P"  # BTCUSDT.P is the perpetual future of the pair
    symbol = symbols.at_venue("BINANCE", name)
    return symbol, members.heads(options.source or kind.source, "trade")[symbol]


LAYOUTS = (
    Layout(
        name="binance",
        open=partial(_open, TRADES),
        open_columns=partial(_open_columns, TRADES),
        headers=(SPOT, SPOT_NEWER, FUTURES, COIN_FUTURES),
        widths=(len(SPOT), len(FUTURES)),
        takes=("time_unit",),
    ),
    Layout(
        name="binance_agg",
        open=partial(_open, JOINED),
        open_columns=partial(_open_columns, JOINED),
        headers=(AGGREGATES, SPOT_AGGREGATES),
        widths=(len(AGGREGATES), len(SPOT_AGGREGATES)),
        takes=("time_unit",),
    ),
)
