"""Kraken's frames, with numbers exactly as they are written."""

from decimal import Decimal
from typing import Any, Literal

import msgspec


class Trade(msgspec.Struct, gc=False):
    """An item of the channel `trade`; ids are in sequence per symbol."""

    symbol: str
    side: Literal["buy", "sell"]
    price: Decimal
    qty: Decimal
    trade_id: int
    timestamp: str


class Ticker(msgspec.Struct, gc=False):
    """An item of the channel `ticker`, of which only the quote is read."""

    symbol: str
    bid: Decimal
    bid_qty: Decimal
    ask: Decimal
    ask_qty: Decimal
    timestamp: str | None = None


class TradeFrame(msgspec.Struct, tag_field="channel", tag="trade", gc=False):
    type: str
    data: list[Trade]


class TickerFrame(msgspec.Struct, tag_field="channel", tag="ticker", gc=False):
    type: str
    data: list[Ticker]


class HeartbeatFrame(msgspec.Struct, tag_field="channel", tag="heartbeat"):
    pass


class StatusFrame(msgspec.Struct, tag_field="channel", tag="status"):
    data: list[dict[str, Any]]


class Result(msgspec.Struct, frozen=True):
    """The part of an answer that names its subscription."""

    channel: str = ""
    symbol: str = ""
    warnings: list[str] | None = None


class Answer(msgspec.Struct):
    """An answer to a request, or a frame that is none of the above."""

    method: str = ""
    channel: str = ""
    type: str = ""
    success: bool = True
    error: str = ""
    symbol: str = ""
    req_id: int = 0
    result: Result = Result()
    time_out: str = ""
    data: msgspec.Raw = msgspec.Raw(b"[]")


frames = msgspec.json.Decoder(TradeFrame | TickerFrame | HeartbeatFrame | StatusFrame)
answers = msgspec.json.Decoder(Answer)
items: dict[str, msgspec.json.Decoder[Any]] = {
    "trade": msgspec.json.Decoder(Trade),
    "ticker": msgspec.json.Decoder(Ticker),
}
