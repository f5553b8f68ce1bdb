"""Kraken's downloadable history of trades: time in seconds, price and volume, nothing else.

The ids of the feed are not in it, so it is a source of its own: next to the feed's trades it would
double them.
"""

import re

from db.errors import UsageError
from ingest.files import members, symbols
from ingest.files.layout import FileFacts, FileOptions, Layout, Message, Row, RowReader
from ingest.files.members import BACKFILL, Members, normal
from ingest.files.moments import unix_times
from ingest.formats.kraken import RENAMED

SOURCE = "kraken.history"
HEADER = ("timestamp", "price", "amount")
NAME = re.compile(r"(\w+)", re.ASCII)
# XBTUSD does not say where its first name ends: a pair whose end is none of these needs --symbol.
PAIR = re.compile(
    r"(\w+?)(USDT|USDC|USDG|USDQ|USDR|USD1|EURQ|EURR|PYUSD|RLUSD|USD|EUR|GBP|JPY|CAD|AUD|CHF|AED"
    r"|XBT|BTC|ETH|DAI|DOT|SOL|XRP)",
    re.ASCII,
)

LEGACY = re.compile(r"[XZ]\w{3}[XZ]\w{3}", re.ASCII)  # XXBTZUSD, as its REST API spells it


def _open(file: FileFacts, options: FileOptions) -> RowReader:
    symbol = _symbol(file, options.symbol or symbols.of_file(file, options, NAME))
    source = options.source or SOURCE
    head = members.heads(source, "trade")[symbol]
    prices, sizes = members.prices(), members.needed_sizes()
    contents = Members(normal)
    time = unix_times(options.limits.get("trade"), options.time_unit)
    place = options.counts.of(source, symbol).place

    def read(row: Row) -> Message:
        price, size = row[1], row[2]
        at = time(row[0])
        fields = f"{prices[price]}{sizes[size]}"
        tick_id, number = place(at, f"{contents[price]}x{contents[size]}")
        return symbol, (
            f'{head}{at}"{fields},"seq":{number},"dedupe_id":"{tick_id}"{BACKFILL}'
        ).encode()

    return read


def _symbol(file: FileFacts, name: str) -> str:
    """Returns KRAKEN:BTC/USD for XBTUSD, BTC/USD and itself."""
    if ":" in name:
        return name
    pair = None if LEGACY.fullmatch(name) else PAIR.fullmatch(name)
    currencies = name.split("/") if "/" in name else list(pair.groups()) if pair else []
    if len(currencies) != 2:
        raise UsageError(
            f"{file.name}: {name} cannot be taken apart into two currencies: name them with"
            " --symbol, BTC/USD for example, and publish a file of an archive by itself"
        )
    return "KRAKEN:" + "/".join(RENAMED.get(one, one) for one in currencies)


LAYOUTS = (
    Layout(
        name="kraken", open=_open, headers=(HEADER,), widths=(len(HEADER),), takes=("time_unit",)
    ),
)
