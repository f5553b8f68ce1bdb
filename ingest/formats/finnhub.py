"""Finnhub's WebSocket: frames of trades, a bare trade, pings and errors."""

import hashlib
from typing import Any

import msgspec

from ingest.formats import fields
from ingest.formats.fields import Malformed, Payload
from ingest.formats.tick import Tick

SOURCE = "finnhub"


def recognises(payload: Payload) -> bool:
    return _is_frame(payload) or _is_trade(payload) or payload.get("type") in ("ping", "error")


def decode(payload: Payload, _source: str | None) -> list[Tick]:
    """Returns the trades, none for a ping or an error."""
    if _is_frame(payload):
        return _frame(payload)
    return [_trade(payload)] if _is_trade(payload) else []


def _is_frame(payload: Payload) -> bool:
    return payload.get("type") == "trade" and "data" in payload


def _is_trade(payload: Payload) -> bool:
    return "s" in payload and "p" in payload and "t" in payload


def _frame(payload: Payload) -> list[Tick]:
    if not isinstance(payload["data"], list):
        raise Malformed("wrong type", "data is not a list")
    ticks: list[Tick] = []
    seen: dict[Tick, int] = {}
    for trade in payload["data"]:
        if not isinstance(trade, dict):
            raise Malformed("wrong type", "data has an item that is not an object")
        tick = _trade(trade)
        # Trades carry no id. Equal ones differ by their number within the frame, so that a frame
        # that is sent again has the same ids again.
        number = seen[tick] = seen.get(tick, -1) + 1
        tick_id = _digest([trade.get(key) for key in "stpvc"] + [number])
        ticks.append(msgspec.structs.replace(tick, tick_id=tick_id, seq=len(ticks)))
    return ticks


def _trade(payload: Payload) -> Tick:
    return Tick(
        fields.time(payload, "t"),
        fields.name(payload, "s"),
        SOURCE,
        fields.price(payload, "p"),
        # FX and some crypto feeds send price updates with a volume of zero
        fields.size(payload, "v") or None,
    )


def _digest(values: list[Any]) -> str:
    return hashlib.blake2b(msgspec.json.encode(values), digest_size=12).hexdigest()
