"""Events as rows of market.trades and market.quotes: the columns, their values, and COPY's text.

Nothing else knows the columns or reads the text.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import compress, repeat
from typing import Any

import msgspec

from ingest.formats.bar_rules import quote_moves
from ingest.formats.catalog import Catalog
from ingest.formats.events import Event, Kind, Quote, Trade
from ingest.formats.sequences import sequence_of
from ingest.formats.times import time_text

NULL = r"\N"
EMPTY_LIST = "{}"
MESSAGE = "message"  # the column that the staging tables have besides
LISTS_KNOWN = 65_536  # of conditions; a hundred are common, texts are anyone's

# A text per row, or the one text of all rows; None if the column before has its text too.
Column = list[str] | str | None


# The value of an event, given also the catalog and the id of the batch that it came in.
Value = Callable[[Any, Catalog, int], Any]


class Table(msgspec.Struct, frozen=True):
    """A relation of events: the value of each column, in the order in which COPY is given them.

    Columns that often have one value in all rows are last, which write() makes use of. Values are
    as JSON takes them, with numbers as text.
    """

    kind: Kind
    relation: str
    values: dict[str, Value]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.values)


TRADES = Table(
    "trade",
    "trades",
    {
        "ts": lambda trade, *_: time_text(trade.us),
        "symbol": lambda trade, *_: trade.symbol,
        "source": lambda trade, *_: trade.source,
        "price": lambda trade, *_: _plain(trade.price),
        "size": lambda trade, *_: _plain(trade.size),
        "tick_id": lambda trade, *_: trade.tick_id,
        "seq": lambda trade, *_: sequence_of(trade),
        "side": lambda trade, *_: trade.side,
        "exchange": lambda trade, *_: trade.exchange,
        "tape": lambda trade, *_: trade.tape,
        "conditions": lambda trade, *_: _conditions(trade),
        "moves": lambda trade, catalog, _: _trade_moves(trade, catalog),
        "received_at": lambda trade, *_: _time(trade.received_us),
        "ns": lambda trade, *_: trade.ns,
        "batch": lambda _, __, batch: batch,
        "rules": lambda _, catalog, __: catalog.version,
    },
)
QUOTES = Table(
    "quote",
    "quotes",
    {
        "ts": lambda quote, *_: time_text(quote.us),
        "symbol": lambda quote, *_: quote.symbol,
        "source": lambda quote, *_: quote.source,
        "bid": lambda quote, *_: _plain(quote.bid),
        "ask": lambda quote, *_: _plain(quote.ask),
        "bid_size": lambda quote, *_: _plain(quote.bid_size),
        "ask_size": lambda quote, *_: _plain(quote.ask_size),
        "tick_id": lambda quote, *_: quote.tick_id,
        "seq": lambda quote, *_: sequence_of(quote),
        "moves": lambda quote, catalog, _: _quote_moves(quote, catalog),
        "exchange": lambda quote, *_: quote.exchange,
        "tape": lambda quote, *_: quote.tape,
        "conditions": lambda quote, *_: _conditions(quote),
        "received_at": lambda quote, *_: _time(quote.received_us),
        "ns": lambda quote, *_: quote.ns,
        "batch": lambda _, __, batch: batch,
    },
)
TABLES: dict[Kind, Table] = {"trade": TRADES, "quote": QUOTES}


def table_of(event: Event) -> Table:
    return TRADES if isinstance(event, Trade) else QUOTES


def values_of(event: Event, catalog: Catalog, batch: int) -> dict[str, Any]:
    """Returns the columns of one event, for statements that take them as JSON."""
    return {name: value(event, catalog, batch) for name, value in table_of(event).values.items()}


def columns_of(
    table: Table, events: Sequence[Event], catalog: Catalog, batch: int
) -> dict[str, Column]:
    """Returns the columns of events of one table, for write()."""
    return {
        name: [_escaped(value(event, catalog, batch)) for event in events]
        for name, value in table.values.items()
    }


def _trade_moves(trade: Trade, catalog: Catalog) -> int:
    rule_set = catalog.of(trade.source).rule_set
    return catalog.rules.moves(rule_set, trade.tape, trade.conditions, trade.us)


def _quote_moves(quote: Quote, catalog: Catalog) -> int:
    return quote_moves(quote.bid, quote.ask, catalog.of(quote.source).wide_quote_ratio)


def _conditions(event: Event) -> list[str] | None:
    return list(event.conditions) if event.conditions or event.lists_none else None


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")


def _time(us: int | None) -> str | None:
    return None if us is None else time_text(us)


def _escaped(value: str | int | list[str] | None) -> str:
    if value is None:
        return NULL
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, list):
        return conditions_text(tuple(value)) if value else EMPTY_LIST
    return str(value)


def escaped(text: str) -> str:
    """Returns a text as COPY takes it; it is printable, so holds no tab and no line end."""
    return text.replace("\\", "\\\\")


@lru_cache(LISTS_KNOWN)
def conditions_text(conditions: tuple[str, ...]) -> str:
    """Returns a list of texts as COPY takes it."""
    if not conditions:
        return NULL
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in conditions)
    return escaped("{" + ",".join(f'"{text}"' for text in quoted) + "}")


def write(table: Table, columns: Mapping[str, Column]) -> bytes:
    """Returns rows, given columns as COPY takes them; those left out are NULL, but never `ts`."""
    ordered = [one for name in table.values if (one := columns.get(name, NULL)) is not None]
    count = len(ordered[0])
    tail: list[str] = []
    while isinstance(text := ordered[-1], str):  # at the latest `ts` is none
        tail.insert(0, text)
        ordered.pop()
    varying = (repeat(text, count) if isinstance(text, str) else text for text in ordered)
    end = "".join(f"\t{text}" for text in tail) + "\n"
    return (end.join(map("\t".join, zip(*varying, strict=True))) + end).encode()


def with_messages(rows: bytes, messages: Iterable[int]) -> bytes:
    """Returns rows with the index of their message as another column, MESSAGE, at the end."""
    lines = zip(rows.splitlines(), messages, strict=True)
    return b"".join(b"%b\t%d\n" % line for line in lines)


def selected(rows: bytes, keep: Iterable[bool]) -> bytes:
    """Returns the rows that are marked, of which there has to be one."""
    return b"\n".join(compress(rows.split(b"\n"), keep)) + b"\n"
