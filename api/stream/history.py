"""History in pages: where a client is in it, and what it has seen of events that change meanwhile.

Channel by channel, source by source, symbol by symbol, each in the venue's order. A page is as of
the newest commit. What the commits since the page before have changed in what was given already is
told before it, so that a place in history is a commit and the last event given.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from api.stream.events import BEGINNING, Event, Key, Position
from api.stream.log import Conn, Row, Unknown, key_of
from api.stream.parts import PART_BYTES
from api.stream.rendering import event_bodies
from api.stream.subscription import EVENT_CHANNELS, Topic
from api.stream.token import Past
from api.stream.view import View
from api.stream.window import seen
from db import sql
from db.tables.display import Display

PAGE_EVENTS = 5_000
ALL_TIES = 2**31 - 1  # events without an id may be alike: a place is after all of them


class Group(NamedTuple):
    """Symbols of one source, in a channel."""

    channel: str
    source: str
    symbols: list[str]


class Page(NamedTuple):
    """Events, in parts, each with the place in history after it; None: it was the last."""

    position: Position
    parts: list[tuple[tuple[Event, ...], Past | None]]


class History:
    """The groups of a client's symbols; those without a source have no history."""

    def __init__(self, view: View, displays: Sequence[Display]) -> None:
        self._view = view
        self._displays = displays
        self._groups = _groups(view)
        self._symbols = {
            (group.channel, symbol) for group in self._groups for symbol in group.symbols
        }

    @property
    def start(self) -> Past | None:
        """The place before all; None if there is nothing to have a history."""
        return self._start_of(0)

    async def page(self, conn: Conn, past: Past) -> Page:
        """Returns the next page after a place; raises Unknown."""
        number, group = self._group_of(past)
        rows = await _fetch(conn, self._view, group, past, self._displays)
        position = BEGINNING if rows[0][0] is None else Position(*rows[0][:2])
        events = [
            _event(group.channel, row[3:], self._displays) for row in rows if row[2] is not None
        ]
        is_last = len(events) < PAGE_EVENTS
        parts: list[tuple[tuple[Event, ...], Past | None]] = []
        parts += _parts(group.channel, events if is_last else _without_cut(events), past)
        if is_last:
            last = parts.pop()[0] if parts else ()
            parts.append((last, self._start_of(number + 1)))
        return Page(position, parts)

    def told(self, events: Sequence[Event], past: Past) -> list[Event]:
        """Returns what there is to tell of changes to a client that has history up to `past`."""
        found = (
            event if event.key is None else self._told(event, past)
            for event in self._view.seen(filter(self._view.takes, events))
        )
        return [event for event in found if event is not None]

    def _told(self, event: Event, past: Past) -> Event | None:
        if (event.topic.channel, event.symbol) not in self._symbols:
            return event
        return seen(
            event,
            is_seen=_is_given(event, event.key, past),
            was_seen=event.was is not None and _is_given(event, event.was, past),
        )

    def _group_of(self, past: Past) -> tuple[int, Group]:
        for number, group in enumerate(self._groups):
            if (group.channel, group.source) == (past.channel, past.source):
                return number, group
        raise Unknown  # the sources were too many for the token, and have changed

    def _start_of(self, number: int) -> Past | None:
        if number >= len(self._groups):
            return None
        channel, source, symbols = self._groups[number]
        return Past(channel, source, symbols[0])


def _groups(view: View) -> list[Group]:
    found: dict[tuple[int, str], list[str]] = {}
    for number, channel in enumerate(EVENT_CHANNELS):
        for symbol in sorted(view.subscription.symbols(channel)):
            if source := view.sources.get(symbol):
                found.setdefault((number, source), []).append(symbol)
    return [
        Group(EVENT_CHANNELS[number], source, symbols)
        for (number, source), symbols in sorted(found.items())
    ]


def _is_given(event: Event, key: Key | None, past: Past) -> bool:
    """Returns whether an event with this key stands at or before a place in history."""
    rank, last = (
        (EVENT_CHANNELS.index(channel), source, symbol)
        for channel, source, symbol in (
            (event.topic.channel, event.source or "", event.symbol),
            (past.channel, past.source, past.symbol),
        )
    )
    if rank != last:
        return rank < last
    return key is not None and past.ts is not None and key <= _key(past)


def _key(past: Past) -> Key:
    return key_of(past.ts, past.ns, past.seq, past.tick_id)


async def _fetch(
    conn: Conn, view: View, group: Group, past: Past, displays: Sequence[Display]
) -> list[Row]:
    assert view.since is not None
    start, start_ns = view.since
    after = past if past.ts is not None else None
    values: dict[str, Any] = {
        f"after_{name}": getattr(after, name, None)
        for name in ("symbol", "source", "ts", "ns", "seq", "tick_id")
    }
    values |= {
        "after_ties": ALL_TIES,
        "symbols": group.symbols,
        "start": start,
        "start_ns": start_ns,
        "source": group.source,
        "limit": PAGE_EVENTS,
        "styles": [display.ts for display in displays],
        "strings": [display.as_strings for display in displays],
    }
    found = await conn.execute(
        sql.load("api.stream", f"history_{group.channel}"), values, prepare=True
    )
    return await found.fetchall()


def _event(channel: str, row: Row, displays: Sequence[Display]) -> Event:
    symbol, source, ts, ns, seq, tick_id, bodies = row
    return Event(
        Topic(channel),
        symbol,
        source,
        event_bodies(channel, "new", symbol, source, displays, bodies),
        key=key_of(ts, ns, seq, tick_id),
    )


def _parts(
    channel: str, events: Sequence[Event], past: Past
) -> Iterator[tuple[tuple[Event, ...], Past]]:
    """Yields events in parts of bounded size, each with the place after its last one."""
    part: list[Event] = []
    size = 0
    for event in events:
        if size > PART_BYTES and not _are_alike(part[-1], event):
            yield tuple(part), past
            part, size = [], 0
        part.append(event)
        size += event.size
        past = _after(channel, event)
    if part:
        yield tuple(part), past


def _without_cut(events: list[Event]) -> list[Event]:
    """Returns a full page without its last events if more that are alike may follow."""
    whole = len(events)
    while whole > 1 and _are_alike(events[whole - 2], events[-1]):
        whole -= 1
    return events[: whole - 1] or events


def _are_alike(one: Event, other: Event) -> bool:
    return (one.symbol, one.key) == (other.symbol, other.key)


def _after(channel: str, event: Event) -> Past:
    """Returns the place after an event, and all that are alike."""
    assert event.key is not None
    assert event.source is not None
    ts, ns, seq, has_id, tick_id = event.key
    return Past(channel, event.source, event.symbol, ts, ns, seq, tick_id if has_id else None)
