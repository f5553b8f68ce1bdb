"""The native format, stockpulse.tick version 1: trades, quotes, their amendments, ends of batches.

Recognised by `v` and `kind`. native_message.py has the messages that publishers write,
native_columns.py a faster way to decode most of them.
"""

from ingest.formats import fields
from ingest.formats.amendments import (
    LONGEST_RANGE,
    Amendment,
    BatchEnd,
    Cancel,
    Correction,
    Replacement,
)
from ingest.formats.fields import Malformed, Payload
from ingest.formats.quotes import mid, quote_source
from ingest.formats.tick import Tick


def recognises(payload: Payload) -> bool:
    return "v" in payload and "kind" in payload


def decode(payload: Payload, _source: str | None) -> list[Tick] | Amendment:
    """Returns a tick, nothing for a tick that cannot be traded on, or an amendment."""
    if payload["v"] != 1 or isinstance(payload["v"], bool):
        raise Malformed("unknown version", f"v is {payload['v']!r}, known is 1")
    kind = payload["kind"]
    if kind == "batch_end":
        return _batch_end(payload)
    flags = _flags(payload)
    if "non_tradeable" in flags:
        return []
    if kind not in ("trade", "quote"):
        raise Malformed("unknown kind", f"kind is {kind!r}, known are trade and quote")
    if "cancel" in flags:
        return _cancel(payload)
    tick = _tick(payload, flags)
    if "correction" in flags:
        _required(tick.tick_id, "dedupe_id")
        return Correction(tick)
    if "replace" in flags:
        _required(tick.tick_id, "dedupe_id")
        return Replacement(tick, _required(fields.identity(payload, "batch"), "batch"))
    return [tick]


def _flags(payload: Payload) -> list[str]:
    value = payload.get("flags") or []
    if not isinstance(value, list):
        raise Malformed("wrong type", f"flags is {fields.shown(value)}, not a list")
    return value


def _tick(payload: Payload, flags: list[str]) -> Tick:
    source = fields.name(payload, "source")
    tick_id, seq = _tick_id(payload), fields.integer(payload, "seq")
    us = fields.time(payload, "event_time")
    symbol = fields.name(payload, "symbol")
    if payload["kind"] == "trade":
        price = fields.price(payload, "price")
        size = None if "no_size" in flags else fields.size(payload, "size")
        return Tick(us, symbol, source, price, size, tick_id=tick_id, seq=seq)
    source = quote_source(source)
    bid, ask = fields.price(payload, "bid"), fields.price(payload, "ask")
    return Tick(us, symbol, source, mid(bid, ask), None, bid, ask, tick_id=tick_id, seq=seq)


def _tick_id(payload: Payload) -> str | None:
    return fields.identity(payload, "dedupe_id") or fields.identity(payload, "trade_id")


def _required(value: str | None, key: str) -> str:
    if value is None:
        raise Malformed(f"no {key}", f"{key} is missing")
    return value


def _cancel(payload: Payload) -> Cancel:
    source = fields.name(payload, "source")
    return Cancel(
        fields.time(payload, "event_time"),
        fields.name(payload, "symbol"),
        source if payload["kind"] == "trade" else quote_source(source),
        _required(_tick_id(payload), "dedupe_id"),
    )


def _batch_end(payload: Payload) -> list[Tick] | BatchEnd:
    replace = payload.get("replace") is True
    if "since" not in payload and not replace:
        return []  # there is nothing to check it against
    since, until = fields.time(payload, "since"), fields.time(payload, "until")
    if not since < until <= since + LONGEST_RANGE:
        raise Malformed("bad until", "until is not after since, or more than a day after it")
    rows = fields.integer(payload, "rows")
    if rows is None:
        raise Malformed("no rows", "rows is missing")
    return BatchEnd(
        _required(fields.identity(payload, "batch"), "batch"),
        rows,
        replace,
        fields.name(payload, "symbol"),
        fields.name(payload, "source"),
        since,
        until,
    )
