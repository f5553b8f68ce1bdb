"""Finnhub's WebSocket: frames of trades, a bare trade, pings and errors."""

import hashlib
from decimal import Decimal
from typing import Any

import msgspec

from ingest.formats import fields
from ingest.formats.events import Event, Ignored, Trade
from ingest.formats.fields import Payload

SOURCE = "finnhub"
TRADE_KEYS = frozenset("sptvc")


def recognises(payload: Payload) -> bool:
    return _is_frame(payload) or _is_bare_trade(payload) or _ignored(payload) is not None


def decode(payload: Payload, _header: str | None) -> list[Event] | Ignored:
    """Returns the trades; ignores pings and errors."""
    ignored = _ignored(payload)
    if ignored is not None:
        return ignored
    return _frame(payload) if _is_frame(payload) else [_trade(payload)]


def _ignored(payload: Payload) -> Ignored | None:
    if payload == {"type": "ping"}:
        return Ignored("heartbeat")
    if payload.keys() == {"type", "msg"} and payload["type"] == "error":
        return Ignored("error")
    return None


def _is_frame(payload: Payload) -> bool:
    data = payload.get("data")
    if payload.get("type") != "trade" or not isinstance(data, list):
        return False
    return all(isinstance(item, dict) and _has_keys_of_trade(item) for item in data)


def _is_bare_trade(payload: Payload) -> bool:
    """Whether it is a trade outside a frame: with any further key it is another venue's."""
    return _has_keys_of_trade(payload) and "v" in payload and payload.keys() <= TRADE_KEYS


def _has_keys_of_trade(item: Payload) -> bool:
    types = isinstance(item.get("s"), str) and _is_number(item.get("p"))
    return types and _is_number(item.get("t"))


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _frame(payload: Payload) -> list[Event]:
    trades: list[Event] = []
    seen: dict[Event, int] = {}
    for item in payload["data"]:
        trade = _trade(item)
        # Trades carry no id. Equal ones differ by their number within the frame, so that a frame
        # that is sent again has the same ids again.
        number = seen[trade] = seen.get(trade, -1) + 1
        tick_id = _digest([item.get(key) for key in "stpvc"] + [number])
        trades.append(msgspec.structs.replace(trade, tick_id=tick_id, seq=len(trades)))
    return trades


def _trade(item: Payload) -> Trade:
    us, ns = fields.time(item, "t")
    return Trade(
        us=us,
        ns=ns,
        symbol=fields.symbol(item, "s"),
        source=SOURCE,
        price=fields.price(item, "p"),
        # FX and some crypto feeds send price updates with a volume of zero
        size=fields.size(item, "v") or None,
        conditions=fields.conditions(item, "c"),
    )


def _digest(values: list[Any]) -> str:
    return hashlib.blake2b(msgspec.json.encode(values), digest_size=12).hexdigest()
