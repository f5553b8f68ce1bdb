"""Databento's CSV of trades, tbbo and mbp-1: prices in 1e-9 or decimal, times in ns or ISO 8601.

Ids are those of its DBN files.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial

from db.errors import UsageError
from ingest.batch.age import AgeLimit
from ingest.files import members, symbols
from ingest.files.databento_ids import (
    PRICE_DECIMALS,
    TAKERS,
    TRADE,
    UNDEFINED_PRICE,
    UNDEFINED_TIME,
    Ordinals,
    id_of,
)
from ingest.files.layout import FileFacts, FileOptions, Layout, Message, Row, RowReader
from ingest.files.members import BACKFILL, Members
from ingest.files.moments import ReadTime, unix_times, written_times
from ingest.formats.fields import shown
from ingest.formats.times import SECOND_LENGTH

TRADES = (
    "ts_recv", "ts_event", "rtype", "publisher_id", "instrument_id", "action", "side", "depth",
    "price", "size", "flags", "ts_in_delta", "sequence",
)  # fmt: skip
BOOK = (*TRADES, "bid_px_00", "ask_px_00", "bid_sz_00", "ask_sz_00", "bid_ct_00", "ask_ct_00")
RECEIVED, EVENT, PUBLISHER, INSTRUMENT, ACTION, SIDE, PRICE, SIZE, SEQUENCE = (
    0,
    1,
    3,
    4,
    5,
    6,
    8,
    9,
    12,
)
BID, ASK, BID_SIZE, ASK_SIZE = 13, 14, 15, 16
UNDEFINED_TIMES = ("", str(UNDEFINED_TIME))
RECEIVED_END = ',"flags":["backfill","recv_time"]}'
ReadFields = Callable[[Row], str | None]


def _open(file: FileFacts, options: FileOptions) -> RowReader:
    has_book = file.width >= len(BOOK)
    if has_book and options.kind is None:
        raise UsageError(
            f"{file.name}: has quotes and trades: choose --kind quote or --kind trade, then the"
            " other one"
        )
    if options.kind == "quote" and not has_book:
        raise UsageError(f"{file.name}: its rows are trades, not quotes")
    kind = options.kind or "trade"
    symbol_of = _symbols(file, options)
    heads = members.heads(options.source or "databento", kind)
    time, epochs = _times(options.limits.get(kind)), Members(_epoch)
    publishers = Members(partial(_whole, "publisher_id"))
    fields_of = _trade_fields() if kind == "trade" else _quote_fields()
    number = Ordinals().number

    def read(row: Row) -> Message | None:
        fields = fields_of(row)
        if fields is None:
            return None
        # Where the venue states no time, that of receipt takes its place.
        is_received = row[EVENT] in UNDEFINED_TIMES
        symbol, at = symbol_of(row), time(row[RECEIVED if is_received else EVENT])
        publisher, sequence = publishers[row[PUBLISHER]], _whole("sequence", row[SEQUENCE])
        event = row[RECEIVED if is_received else EVENT]
        if not event.isdigit():
            event = f"{epochs[at[:SECOND_LENGTH]]}{at[SECOND_LENGTH + 1 : -1]:0<9}"
        ordinal = number((symbol, publisher), event, sequence)
        return symbol, (
            f'{heads[symbol]}{at}"{fields},"exchange":"{publisher}","seq":{sequence}'
            f',"dedupe_id":"{id_of(publisher, event, sequence, ordinal)}"'
            f"{RECEIVED_END if is_received else BACKFILL}"
        ).encode()

    return read


def _symbols(file: FileFacts, options: FileOptions) -> Callable[[Row], str]:
    """Returns what gives the symbol of a row: its last column, or --symbol for one instrument."""
    if file.width not in (len(TRADES), len(BOOK)):
        symbols.refuse_option(file, options)
        at = file.width - 1
        return lambda row: row[at].strip()
    symbol = options.symbol
    if symbol is None:
        raise UsageError(
            f"{file.name}: has instrument ids and no symbols: ask Databento for them with"
            " map_symbols, or name the symbol of a file of one instrument with --symbol"
        )
    instrument: str | None = None

    def of_one(row: Row) -> str:
        nonlocal instrument
        instrument = instrument or row[INSTRUMENT]
        if row[INSTRUMENT] != instrument:
            raise ValueError(
                f"instrument_id is {row[INSTRUMENT]}, but --symbol {symbol} is that of {instrument}"
            )
        return symbol

    return of_one


def _trade_fields() -> ReadFields:
    prices = Members(lambda text: f',"price":"{_price(text, "price")}"')
    sizes = members.needed_sizes()
    sides = members.words("side", TAKERS)

    def fields_of(row: Row) -> str | None:
        if row[ACTION] != TRADE:
            return None
        return f"{prices[row[PRICE]]}{sizes[row[SIZE]]}{sides[row[SIDE]]}"

    return fields_of


def _quote_fields() -> ReadFields:
    bids, asks = _sides("bid"), _sides("ask")
    bid_sizes, ask_sizes = members.sizes("bid_size"), members.sizes("ask_size")

    def fields_of(row: Row) -> str | None:
        bid, ask = bids[row[BID]], asks[row[ASK]]
        if not bid and not ask:
            return None  # the book is empty
        bid_size = bid_sizes[row[BID_SIZE]] if bid else ""
        ask_size = ask_sizes[row[ASK_SIZE]] if ask else ""
        return f"{bid}{bid_size}{ask}{ask_size}"

    return fields_of


def _sides(key: str) -> Members:
    def read(text: str) -> str:
        return "" if _is_undefined(text) else f',"{key}":"{_price(text, key)}"'

    return Members(read)


def _is_undefined(text: str) -> bool:
    return text in ("", str(UNDEFINED_PRICE))


def _price(text: str, key: str) -> str:
    """Returns a price of units of 1e-9, or as it is if it has a point."""
    if _is_undefined(text):
        raise ValueError(f"{key} is undefined")
    plain = members.number(text, key)
    if "." in text:
        return members.normal(plain)
    return members.normal(format(Decimal(plain).scaleb(-PRICE_DECIMALS), "f"))


def _times(limit: AgeLimit | None) -> ReadTime:
    unix, written = unix_times(limit, "ns"), written_times(None, limit)

    def read(text: str) -> str:
        if text in UNDEFINED_TIMES:
            raise ValueError("ts_event and ts_recv are undefined")
        return unix(text) if text.isdigit() else written(text)

    return read


def _epoch(second: str) -> str:
    return str(int(datetime.fromisoformat(f"{second}Z").timestamp()))


def _whole(key: str, text: str) -> str:
    if not (text.isdecimal() and text.isascii() and len(text) <= 10):
        raise ValueError(f"{key} is {shown(text)}, not a number")
    return text if text[0] != "0" else str(int(text))


LAYOUTS = (
    Layout(
        name="databento_csv",
        kinds=("trade", "quote"),
        open=_open,
        headers=tuple(
            (*columns, *symbol) for columns in (TRADES, BOOK) for symbol in ((), ("symbol",))
        ),
    ),
)
