"""The hub: what the database commits, read once per process and given to all who follow it.

Made by the application, one per process; a dialect subscribes and reads messages:

    subscriber = await hub.subscribe(subscription)
    try:
        async for message in subscriber:  # Message: events of a commit, or none: a heartbeat
            await send(b",".join(event.body(display) for event in message.events))
    finally:
        hub.leave(subscriber)

A message with a fault tells of trouble: the stream ends after it, unless the code is AWAY. Bars
come from an object that satisfies Bars, which the application sets as `hub.bars`.
"""

import asyncio
import functools
import logging
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Protocol

import psycopg

from api.display import Display
from api.errors import Unavailable
from api.stream.audience import Audience
from api.stream.coverage import coverage_events
from api.stream.events import AWAY, ENDED, UNKNOWN_RESUME, Change, Event, Fault, Position
from api.stream.listener import Listener
from api.stream.log import Unknown
from api.stream.source import Source
from api.stream.subscriber import Subscriber
from api.stream.subscription import Subscription
from api.stream.token import Cursor, Place
from api.stream.view import View
from db.connect import DatabaseAway

logger = logging.getLogger(__name__)

REPLICA_SECONDS = 5.0  # that a place may be unknown: another replica may be behind
RETRY_SECONDS = 0.5  # between attempts at a database that is away
LEAVE_SECONDS = 2.0  # for clients to take the last message when the process ends

IS_AWAY = "The database cannot be reached; the stream goes on by itself once it is back."
IS_UNKNOWN = "The database does not know this place any more; begin again with since=."
HAS_ENDED = "The server stops; connect again and go on with the last resume."


class Bars(Protocol):
    """The maker of bar events: told of changes, it publishes with Hub.publish()."""

    def changed(self, changes: Sequence[Change], position: Position) -> None:
        """Takes the ranges of all kinds that commits up to `position` changed, in their order.

        It is called once per reading, after the trades and quotes of these commits have been given,
        and must not block. After an outage nothing is left out.
        """

    async def join(self, subscription: Subscription) -> Place:
        """Follows the series of a subscription with bars, counting who follows each.

        Returns the place from which on its bars are published: what is published after the return
        goes to the new subscriber, which is registered before anything else runs.
        """

    def leave(self, subscription: Subscription) -> None:
        """Ends what a join() of an equal subscription began."""

    def place(self, subscription: Subscription) -> Place:
        """Returns how far the bars of a subscription have been published; cheap: once a message.

        publish() is called after it has moved.
        """

    def replay(
        self, subscription: Subscription, begin: Place, end: Place
    ) -> AsyncIterator[tuple[tuple[Event, ...], Place]]:
        """Yields the bars between two places, in messages, each with the place after it.

        Final ones that end after begin.until, and as revised those before it that changes after
        begin.number touched. The last place is `end`; history has `since` as begin.until.
        """


class Hub:
    """The process's place in the log of changes, and the audience."""

    def __init__(self, source: Source, listener: Listener) -> None:
        self.bars: Bars | None = None
        self.audience = Audience()
        self._source = source
        self._listener = listener
        self._cursor: Cursor | None = None  # None: nobody has followed lately
        self._lock = asyncio.Lock()  # of the place: it moves, or somebody joins
        self._task: asyncio.Task[None] | None = None
        self._is_away = False
        self._unknown_since: float | None = None

    @property
    def displays(self) -> tuple[Display, ...]:
        """The forms in which events are rendered, that by default first."""
        return self.audience.displays

    @property
    def is_away(self) -> bool:
        """Whether the database could not be read lately."""
        return self._is_away

    async def subscribe(
        self, subscription: Subscription, *, view: View | None = None
    ) -> Subscriber:
        """Returns a stream of what is committed from now on; raises Unavailable.

        `view` is the client's, if it has read history by itself.
        """
        self._start()
        async with self._lock:
            cursor = await self._now()
            place = None
            if subscription.has_bars and self.bars:
                place = await self.bars.join(subscription)
            subscriber = Subscriber(view or View(subscription), cursor, place)
            self._set_place(subscriber)
            self.audience.add(subscriber)
            return subscriber

    async def change(self, subscriber: Subscriber, subscription: Subscription) -> None:
        """Replaces what a subscriber follows: live from now on; raises Unavailable."""
        async with self._lock:
            before = subscriber.subscription
            if subscription.has_bars and self.bars:
                await self.bars.join(subscription)
            self.audience.remove(subscriber)
            subscriber.view.change(subscription)
            self.audience.add(subscriber)
            if before.has_bars and self.bars:
                self.bars.leave(before)
            self._set_place(subscriber)

    def leave(self, subscriber: Subscriber) -> None:
        """Ends a subscriber, whether its stream has ended or not."""
        if self.audience.remove(subscriber) and subscriber.subscription.has_bars and self.bars:
            self.bars.leave(subscriber.subscription)

    def publish(self, events: Iterable[Event]) -> None:
        """Gives events of Bars to those who follow their topic and symbol, as one message each."""
        if self._cursor is not None:
            self.audience.give(list(events), self._cursor, only_with_bars=True)

    async def end(self) -> None:
        """Tells all that the process ends, and waits a moment for them to leave."""
        self.audience.tell(Fault(ENDED, HAS_ENDED))
        deadline = time.monotonic() + LEAVE_SECONDS
        while self.audience and time.monotonic() < deadline:
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Ends the readings."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._listener.stop()
        await self._source.close()

    def _start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run())
            self._listener.start()

    def _set_place(self, subscriber: Subscriber) -> None:
        has_bars = subscriber.subscription.has_bars and self.bars
        subscriber.place = (
            functools.partial(self.bars.place, subscriber.subscription)
            if has_bars and self.bars
            else None
        )

    async def _now(self) -> Cursor:
        """Returns the place of the process, which is the newest if nobody has followed lately."""
        if self._is_away:
            raise Unavailable(IS_AWAY)
        if self._cursor is None:
            try:
                self._cursor = Cursor(await self._source.newest())
            except (DatabaseAway, psycopg.Error) as error:
                raise Unavailable(IS_AWAY) from error
        return self._cursor

    async def _run(self) -> None:
        while True:
            await self._listener.wait()
            if not self.audience:
                async with self._lock:  # somebody may be joining
                    self._cursor = self._cursor if self.audience else None
                continue
            try:
                await self._catch_up()
            except Unknown:
                self._miss()
                await asyncio.sleep(RETRY_SECONDS)
            except (DatabaseAway, psycopg.Error) as error:
                self._lose(error)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:
                logger.exception("the stream cannot go on")
                self._lose(RuntimeError("a fault of the service"))
                await asyncio.sleep(RETRY_SECONDS)

    async def _catch_up(self) -> None:
        """Reads and gives until nothing newer is seen."""
        is_last = False
        while not is_last and self._cursor is not None:
            async with self._lock:
                is_last = await self._advance(self._cursor)
            if self._is_away:
                self._is_away = False
                logger.info("stream goes on")
                self.audience.go_live()
            self._unknown_since = None

    async def _advance(self, cursor: Cursor) -> bool:
        """Reads and gives what comes next, commits as a whole; returns whether it was the last."""
        while True:
            reading = await self._source.read(cursor, self.audience.asked())
            changes: list[Change] = []
            moved = reading.cursor.position != cursor.position
            if moved and self.audience.asks_for_ranges:
                changes = await self._source.ranges(cursor.position, reading.cursor.position)
            if moved:
                self._listener.was_found(reading.cursor.position.number)
            self._cursor = reading.cursor
            events = [*reading.events, *coverage_events(changes, self.displays)]
            self.audience.give(events, reading.cursor)
            if changes and self.bars:
                self.bars.changed(changes, reading.cursor.position)
            if reading.cursor.part is None:
                return reading.is_last
            cursor = reading.cursor

    def _lose(self, error: Exception) -> None:
        if not self._is_away:
            self._is_away = True
            logger.warning("stream waits for the database", extra={"error": str(error)})
            self.audience.tell(Fault(AWAY, IS_AWAY))

    def _miss(self) -> None:
        """Ends all streams once their place has been unknown for too long."""
        now = time.monotonic()
        self._unknown_since = self._unknown_since or now
        if now - self._unknown_since >= REPLICA_SECONDS:
            logger.warning("the database has another history: streams begin again")
            self._cursor = self._unknown_since = None
            self._is_away = False
            self.audience.tell(Fault(UNKNOWN_RESUME, IS_UNKNOWN))
