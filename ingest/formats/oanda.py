"""OANDA's pricing stream, v20: the best bid and ask of each instrument.

A message of SPtraderB, which took the stream apart before, has `bid` and `ask` in place of lists.
"""

from datetime import UTC, datetime
from typing import Any

from ingest.formats import fields
from ingest.formats.events import Event, Ignored, Quote
from ingest.formats.fields import Malformed, Payload
from ingest.formats.times import EPOCH, MICROSECOND

SOURCE, VENUE = "oanda", "OANDA"
PRICE = {"type", "instrument", "time"}
SIDES = {"bids", "asks"}
SIDES_APART = {"bid", "ask", "status"}
HEARTBEAT = {"type", "time"}
UNIX_US = (EPOCH - datetime(1970, 1, 1, tzinfo=UTC)) // MICROSECOND


def recognises(payload: Payload) -> bool:
    type_ = payload.get("type")
    if type_ == "HEARTBEAT":
        return payload.keys() == HEARTBEAT
    keys = payload.keys()
    return type_ == "PRICE" and keys >= PRICE and (keys >= SIDES or keys >= SIDES_APART)


def decode(payload: Payload, _header: str | None) -> list[Event] | Ignored:
    """Returns the quote; ignores a heartbeat, and a price at which nobody can trade."""
    if payload["type"] == "HEARTBEAT":
        return Ignored("heartbeat")
    if not is_tradeable(payload):
        return Ignored("not tradeable")
    found = quote(payload)
    return Ignored("no events") if found.bid is None and found.ask is None else [found]


def is_tradeable(payload: Payload) -> bool:
    """Returns whether a price can be traded at; the market is closed, or halted, if not."""
    status = payload.get("status", "tradeable")
    return payload.get("tradeable", True) is not False and status == "tradeable"


def quote(payload: Payload) -> Quote:
    """Returns the quote of a price, of several levels the best; raises Malformed.

    Prices have no ids: the one of an instrument at a time, to the nanosecond, is one.
    """
    us, ns = fields.time(payload, "time")
    bid, ask = _level(payload, "bid"), _level(payload, "ask")
    return Quote(
        us=us,
        ns=ns,
        symbol=fields.symbol(payload, "instrument", f"{VENUE}:"),
        source=SOURCE,
        bid=fields.optional_price(bid, "price"),
        ask=fields.optional_price(ask, "price"),
        bid_size=fields.size(bid, "liquidity"),
        ask_size=fields.size(ask, "liquidity"),
        tick_id=f"{(us + UNIX_US) * 1000 + ns}",
    )


def _level(payload: Payload, side: str) -> Payload:
    """Returns the best price of a side, an empty object if it has none."""
    levels: Any = payload.get(f"{side}s")
    if levels is None:
        levels = [payload[side]] if payload.get(side) is not None else []
    if not isinstance(levels, list):
        raise Malformed("wrong type", f"{side}s is {fields.shown(levels)}, not a list")
    level: Any = levels[0] if levels else {}
    if not isinstance(level, dict):
        raise Malformed("wrong type", f"{side} is {fields.shown(level)}, not an object")
    return level
