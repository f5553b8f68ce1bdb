"""Turns events, as the loader reads a venue's frames, into messages of the native format.

Every number goes out with the digits of the venue.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import UNSET, UnsetType

from ingest.formats.events import Event, Quote, Trade
from ingest.formats.fields import Malformed
from ingest.formats.native_message import TickMessage, encode
from ingest.formats.times import EPOCH, MICROSECOND, time_text
from ingest.kafka.producer import OutgoingMessage


def message(event: Event, received_at: datetime, flags: Iterable[str] = ()) -> OutgoingMessage:
    """Returns an event to publish, keyed by its symbol; raises Malformed as tick() does."""
    return OutgoingMessage(event.symbol, encode(tick(event, received_at, flags)))


def tick(
    event: Event, received_at: datetime | None = None, flags: Iterable[str] = ()
) -> TickMessage:
    """Returns an event as a native message; `flags` are added to those that follow from it.

    The id is the venue's. A quote without one is told from others of its time by its content; a
    trade without one raises Malformed, since two equal ones are two.
    """
    known: dict[str, Any] = {
        "source": event.source,
        "symbol": event.symbol,
        "event_time": _exact_time(event),
        "received_at": UNSET if received_at is None else received_at,
        "seq": UNSET if event.seq is None else event.seq,
        "exchange": event.exchange or UNSET,
        "tape": event.tape or UNSET,
        "conditions": event.conditions or UNSET,
    }
    if isinstance(event, Trade):
        return _trade(event, known, list(flags))
    return _quote(event, known, list(flags))


def time_of(event: Event) -> datetime:
    """Returns the venue's time of an event, cut to microseconds."""
    return EPOCH + event.us * MICROSECOND


def _exact_time(event: Event) -> str:
    """Returns the time of an event, in the length that loaders read fastest if it can be."""
    text = time_text(event.us)
    return f"{text[:-1]}{event.ns:03d}Z" if event.ns else text


def _trade(trade: Trade, known: dict[str, Any], flags: list[str]) -> TickMessage:
    """Returns a trade; of one without a size, a change of price, nothing counts as volume."""
    if trade.tick_id is None:
        raise Malformed("no id", "the trade has no id")
    if trade.size is None:
        flags.append("no_size")
    return TickMessage(
        kind="trade",
        price=format(trade.price, "f"),
        size=_text(trade.size),
        side=trade.side or UNSET,
        dedupe_id=trade.tick_id,
        flags=tuple(flags) or UNSET,
        **known,
    )


def _quote(quote: Quote, known: dict[str, Any], flags: list[str]) -> TickMessage:
    bid, bid_size = _text(quote.bid), _text(quote.bid_size)
    ask, ask_size = _text(quote.ask), _text(quote.ask_size)
    content = f"{bid_size or ''}@{bid or ''}/{ask_size or ''}@{ask or ''}"
    return TickMessage(
        kind="quote",
        bid=bid,
        bid_size=bid_size,
        ask=ask,
        ask_size=ask_size,
        dedupe_id=content if quote.tick_id is None else quote.tick_id,
        flags=tuple(flags) or UNSET,
        **known,
    )


def _text(number: Decimal | None) -> str | UnsetType:
    return UNSET if number is None else format(number, "f")
