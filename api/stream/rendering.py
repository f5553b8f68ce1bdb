"""The JSON of events and messages, from what PostgreSQL has written."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from api.stream.events import Message
from api.stream.subscription import CHANNELS
from api.stream.view import View
from db.tables.display import Display

TYPES = {"trades": "trade", "quotes": "quote"}


def event_bodies(
    channel: str,
    action: str,
    symbol: str,
    source: str,
    displays: Sequence[Display],
    bodies: Sequence[str],
    origins: Sequence[str] = (),
) -> dict[Display, bytes]:
    """Returns the JSON of a trade or a quote by display, from the objects of /v1 and of `was`."""
    head = _head(channel, action, symbol, source)
    if not origins:
        return {
            display: head + body[1:].encode()
            for display, body in zip(displays, bodies, strict=True)
        }
    return {
        display: head + f'{body[1:-1]},"was":{origin}}}'.encode()
        for display, body, origin in zip(displays, bodies, origins, strict=True)
    }


@lru_cache(20_000)
def _head(channel: str, action: str, symbol: str, source: str) -> bytes:
    fields = {"type": TYPES[channel], "action": action, "symbol": symbol, "source": source}
    return msgspec.json.encode(fields)[:-1] + b","


def message_body(message: Message, display: Display, first: Sequence[bytes] = ()) -> bytes:
    """Returns the JSON of a message, with events before it that are the client's own."""
    events = [*first, *(event.body(display) for event in message.events)]
    if message.went_live:
        events.append(b'{"type":"live"}')
    if message.fault is not None:
        events.append(fault_body(message.fault.code, message.fault.message))
    if not events:
        events.append(b'{"type":"heartbeat","at":"%s"}' % _now())
    return b'{"resume":%s,"events":[%s]}' % (
        msgspec.json.encode(message.resume),
        b",".join(events),
    )


def fault_body(code: str, text: str) -> bytes:
    """Returns the JSON of the event that tells of trouble."""
    return msgspec.json.encode({"type": "error", "code": code, "message": text})


def subscribed_body(view: View, unknown: Sequence[str]) -> bytes:
    """Returns the JSON of the event that tells what a client follows."""
    wanted = view.subscription.wanted
    fields = {
        "type": "subscribed",
        "symbols": sorted(view.subscription.symbols()),
        "channels": [name for name in CHANNELS if any(name == one.channel for one in wanted)],
        "timeframes": list(dict.fromkeys(one.timeframe for one in wanted if one.timeframe)),
        "sources": {symbol: view.sources[symbol] for symbol in sorted(view.sources)},
        "unknown": list(unknown),
    }
    return msgspec.json.encode(fields)


def _now() -> bytes:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()
