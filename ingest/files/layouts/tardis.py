"""Tardis's CSV of trades, of many exchanges.

Where the ids are those of our own feed, so is the source; the trades of any other exchange are of a
source `tardis.EXCHANGE`, as they could not be told from the same ones of a feed.
"""

from collections.abc import Callable

from ingest.files import members, symbols
from ingest.files.ids import Moments
from ingest.files.layout import FileFacts, FileOptions, Layout, Message, Row, RowReader
from ingest.files.members import BACKFILL, Members, normal
from ingest.files.moments import unix_times

HEADER = ("exchange", "symbol", "timestamp", "local_timestamp", "id", "side", "price", "amount")
SIDES = {"buy": "buy", "sell": "sell", "unknown": ""}
SAME_IDS = ("binance", "coinbase")


Mark = Callable[[str, str, str, str, str], str]


def _open(file: FileFacts, options: FileOptions) -> RowReader:
    symbols.refuse_option(file, options)
    heads: dict[tuple[str, str], tuple[str, str]] = {}
    prices, sizes = members.prices(), members.needed_sizes()
    sides = members.words("side", SIDES)
    contents = Members(normal)
    time, received = unix_times(options.limits.get("trade"), "us"), unix_times(unit="us")
    marks = _marks(options)

    def read(row: Row) -> Message:
        exchange, name, at, local, tick_id, side, price, size = row
        known = heads.get((exchange, name))
        if known is None:
            known = heads[exchange, name] = _head(exchange, name, options.source)
        symbol, head = known
        came = received(local)
        fields = f"{prices[price]}{sizes[size]}{sides[side]}"
        content = "" if tick_id else f"{contents[price]}x{contents[size]}{side}"
        return symbol, (
            f'{head}{time(at)}","received_at":"{came}"{fields}'
            f"{marks(symbol, came, local, tick_id, content)}{BACKFILL}"
        ).encode()

    return read


def _marks(options: FileOptions) -> Mark:
    """Returns a function that gives the id of a row and, if that is no number, the sequence.

    Rows are in order of the time at which Tardis received them, which therefore counts.
    """
    moments: dict[str, Moments] = {}
    ids = members.ids()

    def mark(symbol: str, came: str, local: str, tick_id: str, content: str) -> str:
        if tick_id.isdigit() and tick_id.isascii():
            return f',"dedupe_id":"{tick_id}"'
        count = moments.get(symbol) or moments.setdefault(symbol, options.counts.of("", symbol))
        if tick_id:
            name, number = ids[tick_id], count.number(came)
        else:
            place, number = count.place(came, content)
            name = f'"{local}:{place}"'
        return f',"seq":{int(local) * 1000 + min(number, 999)},"dedupe_id":{name}'

    return mark


def _head(exchange: str, name: str, source: str | None) -> tuple[str, str]:
    if not exchange or not name:
        raise ValueError("exchange or symbol is missing")
    symbol = members.symbol_of_cell(f"{exchange.upper()}:{name.strip()}")
    source = source or (exchange if exchange in SAME_IDS else f"tardis.{exchange}")
    return symbol, members.heads(source, "trade")[symbol]


LAYOUTS = (Layout(name="tardis", open=_open, headers=(HEADER,)),)
