"""Kraken's trades and quotes as messages."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from msgspec import UNSET, UnsetType

from db.errors import UsageError
from ingest.formats import fields
from ingest.formats.instrument import Instrument
from ingest.formats.native_message import TickMessage
from ingest.sources.kraken.frames import Ticker, Trade

SOURCE = "kraken"
VENUE = "KRAKEN"
RENAMED = {"XBT": "BTC", "XDG": "DOGE"}  # REST's names, which the WebSocket refuses


def pair_of(text: str) -> str:
    """Returns a pair as the WebSocket writes it; raises UsageError."""
    currencies = text.strip().upper().removeprefix(f"{VENUE}:").split("/")
    if len(currencies) != 2 or not all(currencies):
        raise UsageError(f"kraken: {text!r} is no pair; write it like BTC/USD")
    return "/".join(RENAMED.get(one, one) for one in currencies)


def symbol_of(name: str) -> str:
    return f"{VENUE}:{name}"


def check_trade(trade: Trade) -> None:
    """Raises Malformed for what no loader stores: a few bytes can be a number of many megabytes."""
    _check(symbol=trade.symbol, prices=(trade.price,), sizes=(trade.qty,))
    fields.sequence({"trade_id": trade.trade_id}, "trade_id")


def check_ticker(ticker: Ticker) -> None:
    """Raises Malformed for what no loader stores."""
    prices, sizes = (ticker.bid, ticker.ask), (ticker.bid_qty, ticker.ask_qty)
    _check(symbol=ticker.symbol, prices=prices, sizes=sizes)


def _check(symbol: str, prices: Iterable[Decimal], sizes: Iterable[Decimal]) -> None:
    fields.symbol({"symbol": symbol}, "symbol", f"{VENUE}:")
    for price in prices:
        fields.price({"price": price}, "price")
    for size in sizes:
        fields.size({"qty": size}, "qty")


def instrument_of(name: str) -> Instrument:
    base, _, quote = name.partition("/")
    return Instrument("crypto", base, quote, calendar="24/7")


def trade_message(
    trade: Trade, symbol: str, received_at: datetime, flags: tuple[str, ...] | UnsetType
) -> TickMessage:
    return TickMessage(
        kind="trade",
        source=SOURCE,
        symbol=symbol,
        event_time=trade.timestamp,
        received_at=received_at,
        price=format(trade.price, "f"),
        size=format(trade.qty, "f"),
        side=trade.side,
        seq=trade.trade_id,
        dedupe_id=str(trade.trade_id),
        flags=flags,
    )


def quote_message(
    ticker: Ticker, symbol: str, received_at: datetime, is_snapshot: bool
) -> TickMessage:
    """Returns a quote; the ticker's volume is that of a day and no part of it.

    Quotes have no ids: the same one at the same time is one.
    """
    bid, bid_size, ask, ask_size = (
        format(number, "f") for number in (ticker.bid, ticker.bid_qty, ticker.ask, ticker.ask_qty)
    )
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
