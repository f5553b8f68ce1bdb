"""Readings of the log of changes: what the commits after a place have touched, in their order.

A reading is bounded: by a number of commits, and by a number of events, within a commit if it is
large. The next one goes on after it.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from psycopg import AsyncConnection

from api.stream.events import CANCELLED, CORRECTED, Change, Event, Key, Order, Position
from api.stream.rendering import event_bodies
from api.stream.subscription import QUOTES, TRADES, Topic
from api.stream.token import Cursor
from db import sql
from db.tables.display import Display

STEPS = 200  # commits in a reading at most
MOST_EVENTS = 10_000  # of trades, and of quotes, in a reading
NO_END = Position(2**62, 0)

Row = tuple[Any, ...]
Conn = AsyncConnection[Row]


class Unknown(Exception):
    """The log does not have the place, or not yet: a replica may be behind."""


class Asked(NamedTuple):
    """Contents of a reading: symbols by channel (None: all), and the displays of events."""

    trades: Sequence[str] | None
    quotes: Sequence[str] | None
    displays: Sequence[Display]


class Reading(NamedTuple):
    """The events after a place, and the place up to which they are all."""

    events: list[Event]
    cursor: Cursor
    is_last: bool  # nothing newer was seen


async def read(conn: Conn, cursor: Cursor, asked: Asked, end: Position = NO_END) -> Reading:
    """Returns what the next commits up to `end` touched; raises Unknown."""
    rows = await _fetch(conn, TRADES, cursor, asked.trades, asked.displays, end)
    is_known, number, mark = rows[0][:3]
    if not is_known:
        raise Unknown
    if number is None:
        return Reading([], cursor, is_last=True)
    reached = end if number == end.number else Position(number, mark)
    events = _events(TRADES, rows, asked.displays)
    bounds = _bounds(events)
    if asked.quotes is None or asked.quotes:
        rows = await _fetch(conn, QUOTES, cursor, asked.quotes, asked.displays, reached)
        quotes = _events(QUOTES, rows, asked.displays)
        bounds += _bounds(quotes)
        events = sorted(events + quotes, key=_order)
    if bounds:
        part = min(bounds)
        return Reading(
            [event for event in events if _order(event) <= part],
            Cursor(cursor.position, part),
            is_last=False,
        )
    return Reading(events, Cursor(reached), is_last=reached == end)


async def ranges(
    conn: Conn, after: Position, until: Position, kinds: Sequence[str] | None = None
) -> list[Change]:
    """Returns the ranges that the commits after one up to another have touched."""
    found = await conn.execute(
        sql.load("api.stream", "changed_ranges"),
        {
            "after": after.number,
            "until": until.number,
            "kinds": None if kinds is None else list(kinds),
        },
        prepare=True,
    )
    return [Change(*row) for row in await found.fetchall()]


async def _fetch(
    conn: Conn,
    channel: str,
    cursor: Cursor,
    symbols: Sequence[str] | None,
    displays: Sequence[Display],
    end: Position,
) -> list[Row]:
    part = cursor.part
    if part is not None and part.is_quote and channel == TRADES:
        part = _all_trades_of(part)
    elif part is not None and not part.is_quote and channel == QUOTES:
        part = _all_before(part)
    values: dict[str, Any] = {
        f"part_{name}": getattr(part, name, None) for name in Order._fields if name != "is_quote"
    }
    values |= {
        "after": cursor.position.number,
        "mark": cursor.position.mark,
        "until": end.number,
        "steps": STEPS,
        "limit": MOST_EVENTS,
        "symbols": None if symbols is None else list(symbols),
        "styles": [display.ts for display in displays],
        "strings": [display.as_strings for display in displays],
    }
    found = await conn.execute(sql.load("api.stream", f"changed_{channel}"), values, prepare=True)
    return await found.fetchall()


def _all_trades_of(part: Order) -> Order:
    """Returns a place after all trades of the commit of a quote: its next one, before all."""
    return _all_before(part)._replace(number=part.number + 1)


def _all_before(part: Order) -> Order:
    """Returns a place before all events of a commit."""
    return part._replace(ts=part.ts.min.replace(tzinfo=part.ts.tzinfo), lives=False, ns=-1)


def _events(channel: str, rows: Iterable[Row], displays: Sequence[Display]) -> list[Event]:
    return [_event(channel, row[3:], displays) for row in rows if row[3] is not None]


def _event(channel: str, row: Row, displays: Sequence[Display]) -> Event:
    number, action, symbol, source, ts, ns, seq, tick_id, *old, bodies, origins = row
    key = key_of(ts, ns or 0, seq or 0, tick_id)
    old_ts, old_ns, old_seq, old_id = old
    order = Order(
        number, channel == QUOTES, ts, action != CANCELLED, *key[1:], action == CORRECTED,
        symbol, source,
    )  # fmt: skip
    return Event(
        Topic(channel),
        symbol,
        source,
        event_bodies(channel, action, symbol, source, displays, bodies, origins),
        action=action,
        key=key,
        was=None if old_ts is None else key_of(old_ts, old_ns, old_seq, old_id),
        order=order,
    )


def key_of(ts: Any, ns: int, seq: int, tick_id: str | None) -> Key:
    """Returns the place of an event within its series: those without an id come first."""
    return Key(ts, ns, seq, tick_id is not None, tick_id or "")


def _bounds(events: list[Event]) -> list[Order]:
    """Returns the place up to which events are all, if there may be more after them.

    Events without an id may be alike: more of the last one may follow.
    """
    if len(events) < MOST_EVENTS:
        return []
    last = _order(events[-1])
    return [next((one for one in map(_order, reversed(events)) if one < last), last)]


def _order(event: Event) -> Order:
    assert event.order is not None
    return event.order
