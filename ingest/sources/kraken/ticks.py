"""Kraken's trades and quotes as messages."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from msgspec import UNSET, UnsetType

from db.errors import UsageError
from ingest.feed import instruments
from ingest.formats import fields
from ingest.formats.events import LARGEST_SEQUENCE
from ingest.formats.instrument import Instrument
from ingest.formats.native_message import TickMessage
from ingest.sources.kraken.frames import Ticker, Trade

SOURCE = "kraken"
VENUE = "KRAKEN"
SHORT = 20  # digits before and behind the point of most numbers
LONGEST = 60  # characters of a number that is within every limit
RENAMED = {"XBT": "BTC", "XDG": "DOGE"}  # REST's names, which the WebSocket refuses


def pair_of(text: str) -> str:
    """Returns a pair as the WebSocket writes it; raises UsageError."""
    currencies = text.strip().upper().removeprefix(f"{VENUE}:").split("/")
    if len(currencies) != 2 or not all(currencies):
        raise UsageError(f"kraken: {text!r} is no pair; write it like BTC/USD")
    return "/".join(RENAMED.get(one, one) for one in currencies)


def symbol_of(name: str) -> str:
    return f"{VENUE}:{name}"


@lru_cache(maxsize=10_000)
def checked_symbol(name: str) -> str:
    """Returns the symbol of a pair in a frame; raises Malformed for what no loader stores."""
    return fields.symbol({"symbol": name}, "symbol", f"{VENUE}:")


def instrument_of(name: str) -> Instrument:
    base, _, quote = name.partition("/")
    return instruments.crypto(base, quote)


def trade_message(
    trade: Trade, symbol: str, received_at: datetime, flags: tuple[str, ...] | UnsetType
) -> TickMessage:
    """Returns a trade; raises Malformed for what no loader stores."""
    trade_id = trade.trade_id
    if not 0 <= trade_id <= LARGEST_SEQUENCE:
        fields.sequence({"trade_id": trade_id}, "trade_id")
    return TickMessage(
        kind="trade",
        source=SOURCE,
        symbol=symbol,
        event_time=trade.timestamp,
        received_at=received_at,
        price=_price(trade.price),
        size=_size(trade.qty),
        side=trade.side,
        seq=trade_id,
        dedupe_id=str(trade_id),
        flags=flags,
    )


def quote_message(
    ticker: Ticker, symbol: str, received_at: datetime, is_snapshot: bool
) -> TickMessage:
    """Returns a quote; the ticker's volume is that of a day and no part of it.

    Quotes have no ids: the same one at the same time is one. Raises Malformed for what no loader
    stores.
    """
    bid, bid_size = _price(ticker.bid), _size(ticker.bid_qty)
    ask, ask_size = _price(ticker.ask), _size(ticker.ask_qty)
    flags = ["snapshot"] * is_snapshot + ["recv_time"] * (ticker.timestamp is None)
    return TickMessage(
        kind="quote",
        source=SOURCE,
        symbol=symbol,
        event_time=ticker.timestamp or received_at,
        received_at=received_at,
        bid=bid,
        bid_size=bid_size,
        ask=ask,
        ask_size=ask_size,
        dedupe_id=f"{bid_size}@{bid}/{ask_size}@{ask}",
        flags=tuple(flags) or UNSET,
    )


def _price(number: Decimal) -> str:
    """Returns a price as it is written; a few bytes can be a number of many megabytes."""
    if not -SHORT < number.adjusted() < SHORT:
        fields.price({"price": number}, "price")
    return _short(format(number, "f"), "price")


def _size(number: Decimal) -> str:
    if not -SHORT < number.adjusted() < SHORT or number.is_signed():
        fields.size({"qty": number}, "qty")
    return _short(format(number, "f"), "qty")


def _short(text: str, key: str) -> str:
    if len(text) > LONGEST:
        fields.price({key: text}, key)
    return text
