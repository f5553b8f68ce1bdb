"""A client's stream from its first message on: history, what it missed, then what is committed.

Each stage goes on from where the client is, so that an outage only delays it.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence

import psycopg

from api.errors import Unavailable
from api.pool import RECOVERY, Reader
from api.stream import log
from api.stream.coverage import coverage_events
from api.stream.events import (
    AWAY,
    DEFAULT,
    UNKNOWN_RESUME,
    Event,
    Fault,
    Message,
    Position,
)
from api.stream.follower import IS_AWAY, IS_UNKNOWN, REPLICA_SECONDS, RETRY_SECONDS
from api.stream.history import History
from api.stream.hub import Hub
from api.stream.log import NO_END, Asked, Unknown
from api.stream.opening import Opening
from api.stream.parts import parts
from api.stream.subscriber import Subscriber
from api.stream.subscription import COVERAGE, EVERY, QUOTES, TRADES, Subscription
from api.stream.token import Cursor, Past, Place
from api.stream.view import View
from db.connect import DatabaseAway, is_away
from db.tables.display import Display

WAIT_SECONDS = 0.1  # for a replica to have what another has


Messages = AsyncGenerator[Message]


class Behind(Exception):
    """The server that was asked has not yet what another one had."""


class Patience:
    """The time since a place was found to be unknown, which a replica may still come to know."""

    def __init__(self) -> None:
        self._since: float | None = None

    def is_over(self) -> bool:
        """Returns whether it is too long."""
        self._since = self._since or time.monotonic()
        return time.monotonic() - self._since >= REPLICA_SECONDS


class Session:
    """The place of one client, and its subscriber once it is live."""

    def __init__(self, hub: Hub, reader: Reader, opening: Opening) -> None:
        self.view = View(opening.subscription, opening.since)
        self._hub, self._reader = hub, reader
        self._cursor, self._place, self._past = opening.cursor, opening.place, opening.past
        self._is_new = opening.is_new
        self._end: Fault | None = None
        self._subscriber: Subscriber | None = None
        self._displays = tuple(dict.fromkeys((DEFAULT, opening.subscription.display)))
        self._changing = asyncio.Lock()  # held while it joins what is live
        self._joined = opening.subscription  # with which it did; what is added later comes live

    @property
    def resume(self) -> str:
        """The token of the place that the client is at."""
        if self._subscriber is not None:
            return self.view.resume(*self._subscriber.given)
        return self.view.resume(self._cursor, self._place, self._past)

    async def messages(self) -> Messages:
        """Yields the messages for the client, until a fault that ends its stream."""
        patience, is_told = Patience(), False
        while True:
            try:
                async for message in self._stages():
                    patience, is_told = Patience(), False
                    yield message
                    if self._end is not None:
                        yield Message((), self.resume, self._end)
                        return
            except (Behind, Unknown) as error:
                if isinstance(error, Unknown) and patience.is_over():
                    self._hub.streams.count(UNKNOWN_RESUME)
                    yield Message((), self.resume, Fault(UNKNOWN_RESUME, IS_UNKNOWN))
                    return
                await asyncio.sleep(WAIT_SECONDS)
            except (Unavailable, DatabaseAway, psycopg.Error) as error:
                if not _will_pass(error):
                    raise
                if not is_told:
                    yield Message((), self.resume, Fault(AWAY, IS_AWAY))
                is_told = True
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return
            finally:
                self.leave()

    async def change(self, subscription: Subscription) -> None:
        """Replaces what the client follows: live from now on, or from where it becomes live."""
        async with self._changing:
            if self._subscriber is not None:
                await self._hub.change(self._subscriber, subscription)
            else:
                self.view.change(subscription)

    def end(self, fault: Fault) -> None:
        """Ends the stream; the client is told why."""
        if self._subscriber is not None:
            self._subscriber.tell(fault)
        else:
            self._end = fault

    def leave(self) -> None:
        """Ends the subscription; messages() goes on from where the client is."""
        if self._subscriber is not None:
            self._hub.leave(self._subscriber)
            self._cursor, self._place = self._subscriber.given
            self._subscriber = None

    async def _stages(self) -> Messages:
        async for message in self._history():
            yield message
        if not self._is_new:
            async for message in self._missed(NO_END):
                yield message
        subscriber = await self._join()
        async for message in self._missed(subscriber.began.position):
            yield message
        async for message in self._bars(subscriber):
            yield message
        yield Message((), self.resume, went_live=True)
        async for message in subscriber:
            yield message

    async def _join(self) -> Subscriber:
        """Follows what is live from now on."""
        async with self._changing:
            ahead = None if self._is_new else self._cursor
            self._joined = self.view.subscription
            subscriber = await self._hub.subscribe(self._joined, view=self.view, ahead=ahead)
            if self._is_new:
                self._cursor, self._place = subscriber.given
                self._is_new = False
            self._subscriber = subscriber
            subscriber.given = self._cursor, self._place
            return subscriber

    async def _history(self) -> Messages:
        """Yields the pages after the client's place, and before each what has changed since."""
        if self._past is None:
            return
        history = History(self.view, self._displays)
        while self._past is not None:
            async with self._hub.readings, self._reader.checked_connection() as conn:
                page = await history.page(conn, self._past)
            if page.position.number < self._cursor.position.number:
                raise Behind
            async for message in self._missed(page.position, history):
                yield message
            for events, past in page.parts:
                self._past = past
                if events:
                    yield Message(events, self.resume)

    async def _missed(self, end: Position, history: History | None = None) -> Messages:
        """Yields what commits changed up to one, or up to the newest."""
        while self._cursor.position.number < end.number:
            async with self._hub.readings, self._reader.checked_connection() as conn:
                reading, coverage = await _read(conn, self.view, self._cursor, end, self._displays)
            if reading.is_last and reading.cursor == self._cursor:
                if end != NO_END:
                    raise Behind
                return
            events = [*_told(self.view, reading.events, history, self._past), *coverage]
            for part, cursor in parts(events, self._cursor, reading.cursor):
                self._is_at(cursor)
                yield Message(part, self.resume)
            self._is_at(reading.cursor)

    async def _bars(self, subscriber: Subscriber) -> Messages:
        """Yields the bars between the client's place and the one at which live ones begin."""
        if subscriber.joined is None or self._hub.bars is None:
            return
        begin = self._place or subscriber.joined
        replay = self._hub.bars.replay(self._joined, begin, subscriber.joined)
        async for events, place in replay:
            self._is_at(self._cursor, place)
            if told := _told(self.view, events):
                yield Message(tuple(told), self.resume)
        if self._place is not None:
            subscriber.owe(self._place)

    def _is_at(self, cursor: Cursor, place: Place | None = None) -> None:
        """Sets the place that the client is at."""
        self._cursor, self._place = cursor, place or self._place
        if self._subscriber is not None:
            self._subscriber.given = self._cursor, self._place


def _told(
    view: View,
    events: Sequence[Event],
    history: History | None = None,
    past: Past | None = None,
) -> list[Event]:
    """Returns what there is to tell a client, which is live or has history up to a place."""
    if history is not None and past is not None:
        return history.told(events, past)
    return view.seen(filter(view.takes, events))


async def _read(
    conn: log.Conn, view: View, cursor: Cursor, end: Position, displays: Sequence[Display]
) -> tuple[log.Reading, list[Event]]:
    """Returns what commits after a place changed, and the events of coverage."""
    reading = await log.read(conn, cursor, _asked(view, displays), end)
    before, after = cursor.position, reading.cursor.position
    return reading, await _coverage(conn, view, before, after, displays)


def _asked(view: View, displays: Sequence[Display]) -> Asked:
    def symbols(channel: str) -> list[str] | None:
        found = view.subscription.symbols(channel)
        return None if EVERY in found else sorted(found)

    return Asked(symbols(TRADES), symbols(QUOTES), displays)


async def _coverage(
    conn: log.Conn, view: View, before: Position, after: Position, displays: Sequence[Display]
) -> list[Event]:
    """Returns where coverage may have changed between two commits, of what is followed."""
    followed = view.subscription.symbols(COVERAGE)
    if before == after or not followed:
        return []
    changes = await log.ranges(conn, before, after, [COVERAGE])
    wanted = [one for one in changes if one.symbol in followed or EVERY in followed]
    return coverage_events(wanted, displays)


def _will_pass(error: Exception) -> bool:
    """Returns whether an error is an outage, or a standby's conflict, which ends by itself."""
    return (
        not isinstance(error, psycopg.Error)
        or is_away(error)
        or isinstance(error, (*RECOVERY, psycopg.errors.QueryCanceled))
    )
