"""Databento's records as native messages: prices are whole numbers of 1e-9, never floats.

A record is read from its bytes, as attribute after attribute takes three times as long. All types
have one layout: a trade, and behind it the best bid and ask.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from struct import Struct, calcsize
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
)
from ingest.files.databento_symbols import Symbols
from ingest.files.layout import Message
from ingest.files.members import BACKFILL, MOST_REMEMBERED, Members
from ingest.files.moments import unix_times
from ingest.formats.events import Kind
from ingest.formats.times import SECOND_LENGTH

# publisher, instrument, ts_event, price, size, action, side, ts_recv, sequence
TRADES = "xxHIQqIBBxxQxxxxI"
# publisher, instrument, ts_event, ts_recv, sequence, bid, ask, size of the bid, size of the ask
QUOTES = "xxHIQ16xQxxxxIqqII"
TRADE_ACTION = ord(TRADE)
SIDES = {ord(side): f',"side":"{taker}"' for side, taker in TAKERS.items() if taker}
RECEIVED_END = ',"flags":["backfill","recv_time"]}'
NO_PRICE: Message = ("", b"")
# (publisher, instrument, time of the event, time of receipt, sequence, fields); fields are "" if a
# record is no event, None if it has no price.
Row = tuple[int, int, int, int, int, str | None]
ReadRecords = Callable[[Iterable[Any]], Iterator[Message | None]]


class Prices(dict[int, str | None]):
    """The texts of prices; None is one that there is not."""

    def __missing__(self, price: int) -> str | None:
        found = None
        if price != UNDEFINED_PRICE:
            found = format(Decimal(price).scaleb(-PRICE_DECIMALS).normalize(), "f")
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[price] = found
        return found


def reader(
    kind: Kind, source: str, symbols: Symbols, limit: AgeLimit | None, record_type: type
) -> ReadRecords:
    """Returns what reads records of one type: a message each, NO_PRICE, or None if it is no event.

    It raises ValueError or TooOld at the record that cannot be read.
    """
    rows_of = _trades if kind == "trade" else _quotes
    messages_of = _messages(kind, source, symbols, limit, record_type)
    prices = Prices()

    def read(records: Iterable[Any]) -> Iterator[Message | None]:
        packed = [bytes(record) for record in records]
        return messages_of(rows_of(packed, prices))

    return read


def _trades(packed: list[bytes], prices: Prices) -> Iterator[Row]:
    shape = Struct(f"<{TRADES}{len(packed[0]) - calcsize(f'<{TRADES}')}x")
    for publisher, instrument, event, price, size, action, side, received, seq in shape.iter_unpack(
        b"".join(packed)
    ):
        fields: str | None = ""
        if action == TRADE_ACTION:
            text = prices[price]
            fields = text and f',"price":"{text}","size":"{size}"{SIDES.get(side, "")}'
        yield publisher, instrument, event, received, seq, fields


def _quotes(packed: list[bytes], prices: Prices) -> Iterator[Row]:
    shape = Struct(f"<{QUOTES}{len(packed[0]) - calcsize(f'<{QUOTES}')}x")
    for publisher, instrument, event, received, seq, *book in shape.iter_unpack(b"".join(packed)):
        bid, ask, fields = prices[book[0]], prices[book[1]], ""
        if bid is not None:
            fields = f',"bid":"{bid}","bid_size":"{book[2]}"'
        if ask is not None:
            fields += f',"ask":"{ask}","ask_size":"{book[3]}"'
        yield publisher, instrument, event, received, seq, fields


def _messages(
    kind: Kind, source: str, symbols: Symbols, limit: AgeLimit | None, record_type: type
) -> Callable[[Iterable[Row]], Iterator[Message | None]]:
    heads, number, time = members.heads(source, kind), Ordinals().number, unix_times(limit, "s")
    seconds = Members(lambda second: time(second)[:SECOND_LENGTH])
    has_sequence = hasattr(record_type, "sequence")
    is_sample = not hasattr(record_type, "action")  # of a book, at the time of receipt

    def messages_of(rows: Iterable[Row]) -> Iterator[Message | None]:
        before, since, until, symbol, head = -1, 0, 0, "", ""
        for publisher, instrument, event, received, sequence, fields in rows:
            if not fields:
                yield None if fields == "" else NO_PRICE
                continue
            end = BACKFILL
            if is_sample or event == UNDEFINED_TIME:
                event, end = received, RECEIVED_END
            if instrument != before or not since <= received < until:
                symbol, since, until = symbols.of(instrument, received)
                before, head = instrument, heads[symbol]
            seq, at = sequence if has_sequence else 0, str(event)
            ordinal = number(instrument << 16 | publisher, event, seq)
            yield (
                symbol,
                (
                    f'{head}{seconds[at[:-9]]}.{at[-9:]}Z"{fields},"exchange":"{publisher}"'
                    f',"seq":{seq},"dedupe_id":"{publisher}-{at}-{seq}-{ordinal}"{end}'
                ).encode(),
            )

    return messages_of
