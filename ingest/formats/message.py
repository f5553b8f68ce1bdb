"""Decodes one message of any accepted format; FORMATS lists the formats.

A bad message is a value: nothing raises.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from ingest.formats import (
    alpaca,
    binance,
    bybit,
    coinbase,
    fields,
    finnhub,
    kraken,
    legacy,
    native,
    oanda,
    okx,
    payload,
    wrappers,
)
from ingest.formats.amendments import Amendment, BatchEnd, Cancel, Correction, Replacement
from ingest.formats.bar import Bar
from ingest.formats.catalog import Catalog
from ingest.formats.events import Event, Ignored, Quote, Reject, Trade
from ingest.formats.feed import Marker
from ingest.formats.fields import Malformed, Payload
from ingest.formats.sequences import sequence_of

Content = Event | Amendment | Marker | Bar
Found = Sequence[Content]


class Format(Protocol):
    """A module that reads one format."""

    def recognises(self, payload: Payload, /) -> bool:
        """Returns whether a message has the format, by its whole shape."""

    def decode(self, payload: Payload, header: str | None, /) -> Found | Ignored:
        """Returns the events, amendments, markers and bars of a message.

        `header` is the message's header `source`. Raises Malformed.
        """


# No message may be recognised by two.
FORMATS: tuple[Format, ...] = (
    native,
    legacy,
    alpaca,
    binance,
    bybit,
    coinbase,
    finnhub,
    kraken,
    oanda,
    okx,
)
# The keys by which venues name their messages.
MARKS = ("stream", "channel", "topic", "e", "event", "action", "type", "method", "table", "T", "ev")
TEXT_HEARTBEATS = (b"ping", b"pong")  # OKX's
TOO_DEEP = Reject("nested too deep", "the message has too many levels to be read")


def decode_message(
    value: bytes | None, header: str | None, catalog: Catalog
) -> Found | Ignored | Reject:
    """Returns what a message holds, at least one event, amendment, marker or bar, or why nothing.

    `header` is the message's header `source`, for formats that do not name their source.
    """
    if value is None:
        return Ignored("tombstone")
    if not value:
        return Reject("empty", "the message has no value")
    if value in TEXT_HEARTBEATS:
        return Ignored("heartbeat")
    try:
        found = _within(payload.read(value), header)
        if isinstance(found, Ignored):
            return found
        return [_finished(one, catalog) for one in found] or Ignored("no events")
    except Malformed as error:
        return Reject(error.reason, error.detail)
    except RecursionError:  # a message shallow enough to be read can be too deep to be shown
        return TOO_DEEP


def _within(value: Any, header: str | None) -> Found | Ignored:
    """Returns what a message or a list of them holds, in its envelopes or without."""
    message = wrappers.unwrap(value)
    return (_list if isinstance(message, list) else _decode)(message, header)


def _decode(value: Any, header: str | None) -> Found | Ignored:
    if not isinstance(value, dict):
        raise Malformed("unknown format", f"it is {fields.shown(value)}, not a JSON object")
    for format_ in FORMATS:
        if format_.recognises(value):
            return format_.decode(value, header)
    raise _unknown(value)


def _list(values: list[Any], header: str | None) -> Found | Ignored:
    """Returns what all items of a list hold; one that cannot be used rejects the list."""
    if not values:
        raise Malformed("unknown format", "the message is an empty list")
    found: list[Content] = []
    ignored: Ignored | None = None
    for number, value in enumerate(values, 1):
        try:
            one = (_decode if isinstance(value, list) else _within)(value, header)
        except Malformed as error:
            detail = f"item {number} of {len(values)}: {error.detail}"
            raise Malformed(error.reason, detail) from None
        if isinstance(one, Ignored):
            ignored = one
        else:
            found += one
    return ignored if ignored and not found else found


def _unknown(message: Payload) -> Malformed:
    """Returns the reject of a message of no known format, with what there is to tell it by."""
    keys = fields.shown(sorted(message)[:10])
    marks = [
        f"{key} is {fields.shown(message[key])}"
        for key in MARKS
        if isinstance(message.get(key), str)
    ]
    if objection := legacy.objection(message):
        marks.append(objection)
    return Malformed("unknown format", "; ".join([f"no known format has the keys {keys}", *marks]))


def _finished(one: Content, catalog: Catalog) -> Content:
    """Returns an event or amendment as the facts of its source demand; raises Malformed."""
    if isinstance(one, BatchEnd | Marker):
        return one
    if isinstance(one, Bar):
        return _bar(one, catalog)
    if isinstance(one, Cancel):
        if one.exchange is None or catalog.of(one.source).id_scope != "exchange":
            return one
        ids = _scoped(one.exchange, (one.tick_id, *one.amends))
        return msgspec.structs.replace(one, tick_id=ids[0], amends=ids[1:])
    if isinstance(one, Replacement):
        return Replacement(_event(one.event, catalog), one.batch_name)
    if isinstance(one, Correction):
        amends, exchange = one.amends, one.event.exchange
        if exchange is not None and catalog.of(one.event.source).id_scope == "exchange":
            amends = _scoped(exchange, amends)
        return Correction(_event(one.event, catalog), amends)
    return _event(one, catalog)


def _bar(bar: Bar, catalog: Catalog) -> Bar:
    if bar.low <= 0 and not catalog.of(bar.source).negative_prices:
        raise Malformed("bad price", f"{bar.source} has no prices of zero or below")
    return bar


def _event(event: Event, catalog: Catalog) -> Event:
    facts = catalog.of(event.source)
    if not facts.negative_prices:
        _check_signs(event)
    if isinstance(event, Quote) and event.bid is None and event.ask is None:
        raise Malformed("empty quote", "the quote has neither bid nor ask")
    if event.stored or event.exchange is None or event.tick_id is None:
        return event
    if facts.id_scope == "exchange":
        [tick_id] = _scoped(event.exchange, (event.tick_id,))
        return msgspec.structs.replace(event, tick_id=tick_id, seq=sequence_of(event))
    return event


def _check_signs(event: Event) -> None:
    """Refuses a price of zero or below; a side of a quote may be zero, which means none."""
    if isinstance(event, Trade):
        if event.price <= 0:
            raise Malformed("bad price", f"{event.source} has no prices of zero or below")
    elif min(event.bid or 0, event.ask or 0) < 0:
        raise Malformed("bad price", f"{event.source} has no prices below zero")


def _scoped(exchange: str, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Returns ids that are unique per exchange as they are stored."""
    return tuple(fields.short_identity(f"{exchange}:{tick_id}") for tick_id in ids)
