"""The native format, stockpulse.tick version 1: trades, quotes, their amendments, ends of batches.

native_message.py has the messages that publishers write, native_columns.py a faster way to decode
most of them; feed.py reads the markers of feeds, bar.py the bars of vendors.
"""

from collections.abc import Sequence

from ingest.formats import bar, feed, fields
from ingest.formats.amendments import (
    LONGEST_RANGE,
    Amendment,
    BatchEnd,
    Cancel,
    Correction,
    Replacement,
)
from ingest.formats.bar import Bar
from ingest.formats.events import Event, Ignored, Kind, Quote, Trade
from ingest.formats.feed import Marker
from ingest.formats.fields import Malformed, Payload

KINDS = ("trade", "quote", "batch_end", "feed", "bar")


def recognises(payload: Payload) -> bool:
    if "v" not in payload or "kind" not in payload:
        return False
    return payload["kind"] in KINDS or payload["v"] == 1


def decode(
    payload: Payload, _header: str | None
) -> list[Event | Amendment | Marker | Bar] | Ignored:
    """Returns an event, amendment, marker or bar; ignores an event that cannot be traded on."""
    if payload["v"] != 1 or isinstance(payload["v"], bool):
        raise Malformed("unknown version", f"v is {fields.shown(payload['v'])}, known is 1")
    kind = payload["kind"]
    if kind == "batch_end":
        return _batch_end(payload)
    if kind == "feed":
        return [feed.decode(payload)]
    if kind == "bar":
        return [bar.decode(payload)]
    flags = _flags(payload)
    if "non_tradeable" in flags:
        return Ignored("not tradeable")
    if kind not in ("trade", "quote"):
        detail = f"kind is {fields.shown(kind)}, known are trade and quote"
        raise Malformed("unknown kind", detail)
    if "stored" in flags:
        _check_stored(payload, flags)
    if "cancel" in flags:
        return [_cancel(payload)]
    event = _trade(payload, flags) if kind == "trade" else _quote(payload, flags)
    amends = fields.identities(payload, "amends")
    if "correction" in flags:
        _required(event.tick_id, "dedupe_id")
        return [Correction(event, amends)]
    if amends:
        raise Malformed("bad amends", "amends belongs to the flags correction and cancel")
    if "replace" in flags:
        _required(event.tick_id, "dedupe_id")
        return [Replacement(event, fields.required_identity(payload, "batch"))]
    return [event]


def _flags(payload: Payload) -> list[str]:
    value = payload.get("flags") or []
    if not isinstance(value, list):
        raise Malformed("wrong type", f"flags is {fields.shown(value)}, not a list")
    return value


def _check_stored(payload: Payload, flags: list[str]) -> None:
    if others := sorted({"cancel", "correction", "replace"}.intersection(flags)):
        raise Malformed("bad flags", f"flags has stored and {others[0]}, which exclude each other")
    if payload.get("seq") is None:
        raise Malformed("no seq", "seq is missing, which an event with the flag stored has")


def _trade(payload: Payload, flags: list[str]) -> Trade:
    us, ns = fields.time(payload, "event_time")
    return Trade(
        us=us,
        ns=ns,
        symbol=fields.symbol(payload, "symbol"),
        source=fields.source(payload, "source"),
        price=fields.price(payload, "price"),
        size=None if "no_size" in flags else fields.size(payload, "size"),
        side=fields.side(payload, "side"),
        tick_id=_tick_id(payload, flags),
        seq=fields.sequence(payload, "seq"),
        exchange=fields.label(payload, "exchange"),
        tape=fields.label(payload, "tape"),
        conditions=fields.conditions(payload, "conditions"),
        received_us=fields.optional_time(payload, "received_at"),
        backfill="backfill" in flags,
        stored="stored" in flags,
        lists_none="stored" in flags and payload.get("conditions") == [],
    )


def _quote(payload: Payload, flags: list[str]) -> Quote:
    us, ns = fields.time(payload, "event_time")
    return Quote(
        us=us,
        ns=ns,
        symbol=fields.symbol(payload, "symbol"),
        source=fields.source(payload, "source"),
        bid=fields.optional_price(payload, "bid"),
        ask=fields.optional_price(payload, "ask"),
        bid_size=fields.size(payload, "bid_size"),
        ask_size=fields.size(payload, "ask_size"),
        tick_id=_tick_id(payload, flags),
        seq=fields.sequence(payload, "seq"),
        exchange=fields.label(payload, "exchange"),
        tape=fields.label(payload, "tape"),
        conditions=fields.conditions(payload, "conditions"),
        received_us=fields.optional_time(payload, "received_at"),
        backfill="backfill" in flags,
        stored="stored" in flags,
        lists_none="stored" in flags and payload.get("conditions") == [],
    )


def _tick_id(payload: Payload, flags: Sequence[str] = ()) -> str | None:
    found = fields.identity(payload, "dedupe_id")
    return found if found or "stored" in flags else fields.identity(payload, "trade_id")


def _required(value: str | None, key: str) -> str:
    if value is None:
        raise Malformed(f"no {key}", f"{key} is missing")
    return value


def _cancel(payload: Payload) -> Cancel:
    us, ns = fields.time(payload, "event_time")
    amends = fields.identities(payload, "amends")
    own = _tick_id(payload)
    kind: Kind = payload["kind"]
    return Cancel(
        us,
        ns,
        fields.symbol(payload, "symbol"),
        fields.source(payload, "source"),
        kind,
        own or _required(amends[0] if amends else None, "dedupe_id"),
        amends if own else amends[1:],
        fields.label(payload, "exchange"),
    )


def _batch_end(payload: Payload) -> list[Event | Amendment | Marker | Bar] | Ignored:
    replace = payload.get("replace") is True
    if "since" not in payload and not replace:
        return Ignored("end of batch")  # there is nothing to check it against
    since, until = fields.time(payload, "since").us, fields.time(payload, "until").us
    if not since < until <= since + LONGEST_RANGE:
        raise Malformed("bad until", "until is not after since, or more than a day after it")
    rows = fields.whole_number(payload, "rows")
    if rows is None:
        raise Malformed("no rows", "rows is missing")
    kind = payload.get("event_kind", "trade")
    if kind not in ("trade", "quote"):
        raise Malformed("unknown kind", f"event_kind is {fields.shown(kind)}, not trade or quote")
    end = BatchEnd(
        batch_name=fields.required_identity(payload, "batch"),
        rows=rows,
        replace=replace,
        kind=kind,
        symbol=fields.symbol(payload, "symbol"),
        source=fields.source(payload, "source"),
        us=since,
        until=until,
    )
    return [end]
