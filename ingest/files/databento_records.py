"""Databento's records as native messages: prices are whole numbers of 1e-9, never floats."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ingest.batch.age import AgeLimit
from ingest.files import members
from ingest.files.databento_ids import (
    PRICE_DECIMALS,
    TAKERS,
    TRADE,
    UNDEFINED_PRICE,
    UNDEFINED_TIME,
    Ordinals,
    id_of,
)
from ingest.files.databento_symbols import Symbols
from ingest.files.layout import Message
from ingest.files.members import BACKFILL, MOST_REMEMBERED
from ingest.files.moments import unix_times
from ingest.formats.events import Kind

RECEIVED_END = ',"flags":["backfill","recv_time"]}'
ReadRecord = Callable[[Any], Message | None]  # None: no event; raises ValueError, TooOld


class NoPrice(ValueError):
    """A record has no price."""


class Prices(dict[int, str]):
    """The texts of prices."""

    def __missing__(self, price: int) -> str:
        if price == UNDEFINED_PRICE:
            raise NoPrice("its price is undefined")
        found = format(Decimal(price).scaleb(-PRICE_DECIMALS).normalize(), "f")
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[price] = found
        return found


def reader(
    kind: Kind, source: str, symbols: Symbols, limit: AgeLimit | None, record_type: type
) -> ReadRecord:
    """Returns what makes messages of `kind` of the records of a type."""
    fields_of = _trade_fields() if kind == "trade" else _quote_fields()
    heads, time, number = members.heads(source, kind), unix_times(limit, "ns"), Ordinals().number
    is_sample = not hasattr(record_type, "action")  # of a book, at the time of receipt
    has_sequence = hasattr(record_type, "sequence")

    def read(record: Any) -> Message | None:
        fields = fields_of(record)
        if fields is None:
            return None
        received, event, end = record.ts_recv, record.ts_event, BACKFILL
        if is_sample or event == UNDEFINED_TIME:
            event, end = received, RECEIVED_END
        symbol = symbols.of(record.instrument_id, received)
        publisher, sequence = record.publisher_id, record.sequence if has_sequence else 0
        ordinal = number((symbol, publisher), (event, sequence))
        return symbol, (
            f'{heads[symbol]}{time(str(event))}"{fields},"exchange":"{publisher}","seq":{sequence}'
            f',"dedupe_id":"{id_of(publisher, event, sequence, ordinal)}"{end}'
        ).encode()

    return read


def _trade_fields() -> Callable[[Any], str | None]:
    prices = Prices()
    sides = {side: f',"side":"{taker}"' if taker else "" for side, taker in TAKERS.items()}

    def fields_of(record: Any) -> str | None:
        if record.action != TRADE:
            return None
        return f',"price":"{prices[record.price]}","size":"{record.size}"{sides[str(record.side)]}'

    return fields_of


def _quote_fields() -> Callable[[Any], str | None]:
    prices = Prices()

    def fields_of(record: Any) -> str | None:
        bid, ask, fields = record.bid_px_00, record.ask_px_00, ""
        if bid != UNDEFINED_PRICE:
            fields = f',"bid":"{prices[bid]}","bid_size":"{record.bid_sz_00}"'
        if ask != UNDEFINED_PRICE:
            fields += f',"ask":"{prices[ask]}","ask_size":"{record.ask_sz_00}"'
        return fields or None  # None: the book is empty

    return fields_of
