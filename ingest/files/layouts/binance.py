"""Binance's public data: trades and aggregate trades, of the spot market and of futures.

Ids are those of its streams. Aggregate trades are a source of their own, as in the streams. Futures
have a symbol of their own, as their ids and prices are not those of the pair.
"""

import re

from ingest.files import members, symbols
from ingest.files.layout import FileFacts, FileOptions, Layout, Message, Row, RowReader
from ingest.files.members import BACKFILL
from ingest.files.moments import unix_times
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


def _trades(file: FileFacts, options: FileOptions) -> RowReader:
    return _reader(file, options, "binance", 4, is_spot=_width(file) == len(SPOT))


def _aggregates(file: FileFacts, options: FileOptions) -> RowReader:
    return _reader(file, options, "binance.agg", 5, is_spot=_width(file) == len(SPOT_AGGREGATES))


def _width(file: FileFacts) -> int:
    """Returns the number of columns, without those that are new behind a known header."""
    return len(file.header or ()) or file.width


def _reader(
    file: FileFacts, options: FileOptions, source: str, time_at: int, *, is_spot: bool
) -> RowReader:
    symbol = _symbol(symbols.of_file(file, options, NAME), is_spot=is_spot)
    head = members.heads(options.source or source, "trade")[symbol]
    prices, sizes = members.prices(), members.needed_sizes()
    sides = members.words("side", TAKERS, "is_buyer_maker")
    time = unix_times(options.limits.get("trade"), options.time_unit)
    maker_at = time_at + 1

    def read(row: Row) -> Message:
        tick_id = row[0]
        if not (tick_id.isdigit() and tick_id.isascii()):
            raise ValueError(f"id is {shown(tick_id)}, not a number")
        return symbol, (
            f'{head}{time(row[time_at])}"{prices[row[1]]}{sizes[row[2]]}{sides[row[maker_at]]}'
            f',"dedupe_id":"{tick_id}"{BACKFILL}'
        ).encode()

    return read


def _symbol(name: str, *, is_spot: bool) -> str:
    """Returns BINANCE:BTCUSDT, of perpetual futures BINANCE:BTCUSDT.P.

    Names of other futures, BTCUSD_PERP and BTCUSDT_260327, are no pair's.
    """
    is_like_spot = is_spot or "_" in name or ":" in name or name.endswith(".P")
    return symbols.at_venue("BINANCE", name if is_like_spot else f"{name}.P")


LAYOUTS = (
    Layout(
        name="binance",
        open=_trades,
        headers=(SPOT, SPOT_NEWER, FUTURES, COIN_FUTURES),
        widths=(len(SPOT), len(FUTURES)),
    ),
    Layout(
        name="binance_agg",
        open=_aggregates,
        headers=(AGGREGATES, SPOT_AGGREGATES),
        widths=(len(AGGREGATES), len(SPOT_AGGREGATES)),
    ),
)
