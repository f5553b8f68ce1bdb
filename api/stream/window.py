"""Events that a change moved into what a client sees, or out of it, as it is told of them."""

from datetime import datetime

from api.stream.events import CANCELLED, CORRECTED, NEW, Event

_CORRECTED, _NEW, _CANCELLED = (
    b'"action":"%s"' % action.encode() for action in (CORRECTED, NEW, CANCELLED)
)
_WAS = b',"was":'


def within(event: Event, since: tuple[datetime, int]) -> Event | None:
    """Returns an event for a client that sees what is not before a time; None for none."""
    if event.key is None:
        return event
    return seen(
        event,
        is_seen=event.key[:2] >= since,
        was_seen=event.was is not None and event.was[:2] >= since,
    )


def seen(event: Event, *, is_seen: bool, was_seen: bool) -> Event | None:
    """Returns an event for a client that sees it where it is now, or saw where it was before."""
    if event.action == NEW:
        return event if is_seen else None
    if event.action == CANCELLED:
        return event if was_seen else None
    if is_seen and was_seen:
        return event
    if is_seen:
        return _as(event, NEW)
    return _as(event, CANCELLED) if was_seen else None


def _as(event: Event, action: str) -> Event:
    """Returns a corrected event as one that is new, or cancelled, for this client."""
    bodies = {}
    for display, body in event.bodies.items():
        if action == NEW:
            plain = body.rpartition(_WAS)[0] + b"}"
            bodies[display] = plain.replace(_CORRECTED, _NEW, 1)
        else:
            bodies[display] = body.replace(_CORRECTED, _CANCELLED, 1)
    return Event(
        event.topic,
        event.symbol,
        event.source,
        bodies,
        action=action,
        key=event.key,
        was=event.was if action == CANCELLED else None,
        order=event.order,
    )
