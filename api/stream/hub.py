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
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Protocol

import psycopg

from api.errors import Unavailable
from api.settings import ApiSettings
from api.stream.audience import Audience
from api.stream.events import ENDED, SLOW, Change, Event, Fault, Position
from api.stream.follower import IS_AWAY, Follower
from api.stream.listener import Listener
from api.stream.source import Source
from api.stream.streams import Streams
from api.stream.subscriber import Subscriber
from api.stream.subscription import BAR_CHANNELS, CHANNELS, Subscription
from api.stream.token import Cursor, Place
from api.stream.view import View
from db.connect import DatabaseAway
from db.tables.display import Display

LEAVE_SECONDS = 2.0  # for clients to take the last message when the process ends
NOT_BARS = tuple(channel for channel in CHANNELS if channel not in BAR_CHANNELS)
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
    """The audience, and those who give to it: the follower of the log, and Bars."""

    def __init__(self, settings: ApiSettings) -> None:
        self.bars: Bars | None = None
        self.audience = Audience()
        # Clients that read by themselves take half of the pool at most.
        self.readings = asyncio.Semaphore(max(1, settings.api_pool_size // 2))
        self.streams = Streams(settings)
        source = Source(settings)
        listener = Listener(source.address)
        self._follower = Follower(source, listener, self.audience, self._pass_on)

    @property
    def displays(self) -> tuple[Display, ...]:
        """The forms in which events are rendered, that by default first."""
        return self.audience.displays

    async def subscribe(
        self, subscription: Subscription, *, view: View | None = None, ahead: Cursor | None = None
    ) -> Subscriber:
        """Returns a stream of what is committed from now on; raises Unavailable.

        A client that has read by itself has a view already, and may be ahead of the process.
        """
        self._follower.start()
        async with self._follower.lock:
            cursor = await self._follower.now()
            subscriber = Subscriber(view or View(subscription), cursor, ahead)
            subscriber.on_drop = functools.partial(self.streams.count, SLOW)
            self.audience.add(subscriber)
            self.audience.follow(subscriber, subscription, NOT_BARS)
        try:
            place = await self._join_bars(subscription)
        except BaseException:
            self.audience.remove(subscriber)
            raise
        self._follow_bars(subscriber, subscription, place)
        subscriber.joined = place
        subscriber.given = cursor, place
        return subscriber

    async def change(self, subscriber: Subscriber, subscription: Subscription) -> None:
        """Replaces what a subscriber follows: live from now on; raises Unavailable.

        It may leave meanwhile.
        """
        place = await self._join_bars(subscription)
        subscriber.view.learn(subscription.sources)
        before, had_bars = subscriber.subscription, list(subscriber.with_bars)
        self._follow_bars(subscriber, subscription, place)
        async with self._follower.lock:
            self.audience.unfollow(subscriber, before)
            subscriber.view.change(subscription)
            if subscriber in self.audience:
                self.audience.follow(subscriber, subscription, CHANNELS)
        self._leave_bars(subscriber, had_bars)

    def leave(self, subscriber: Subscriber) -> None:
        """Ends a subscriber, whether its stream has ended or not."""
        if self.audience.remove(subscriber):
            self._leave_bars(subscriber, list(subscriber.with_bars))

    def publish(self, events: Iterable[Event]) -> None:
        """Gives events of Bars to those who follow their topic and symbol, as one message each."""
        if self._follower.cursor is not None:
            self.audience.give(list(events), self._follower.cursor, only_with_bars=True)

    async def end(self) -> None:
        """Tells all that the process ends, and waits a moment for them to leave."""
        self.audience.tell(Fault(ENDED, HAS_ENDED))
        self.streams.end(Fault(ENDED, HAS_ENDED))
        deadline = time.monotonic() + LEAVE_SECONDS
        while (self.audience or self.streams) and time.monotonic() < deadline:
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Ends the readings."""
        await self._follower.stop()

    def _pass_on(self, changes: Sequence[Change], position: Position) -> None:
        if self.bars is not None:
            self.bars.changed(changes, position)

    async def _join_bars(self, subscription: Subscription) -> Place | None:
        """Returns the place at which the bars of a subscription begin; None without bars."""
        if self.bars is None or not subscription.has_bars:
            return None
        try:
            return await self.bars.join(subscription)
        except (DatabaseAway, psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise Unavailable(IS_AWAY) from error

    def _follow_bars(
        self, subscriber: Subscriber, subscription: Subscription, place: Place | None
    ) -> None:
        """Gives a subscriber the bars that are published from now on, right after the join."""
        subscriber.place = None
        if place is None or self.bars is None:
            return
        if subscriber in self.audience:
            subscriber.with_bars.append(subscription)
            subscriber.place = functools.partial(self.bars.place, subscription)
            self.audience.follow(subscriber, subscription, BAR_CHANNELS)
        else:  # it has left
            self.bars.leave(subscription)

    def _leave_bars(self, subscriber: Subscriber, left: Iterable[Subscription]) -> None:
        """Ends what a subscriber has joined for some subscriptions, unless it has ended."""
        for subscription in left:
            if subscription in subscriber.with_bars and self.bars is not None:
                subscriber.with_bars.remove(subscription)
                self.bars.leave(subscription)
