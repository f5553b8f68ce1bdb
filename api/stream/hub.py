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

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Protocol, Self

from api.display import Display
from api.stream.events import Change, Event, Message, Position
from api.stream.subscription import Subscription
from api.stream.token import Place


class Bars(Protocol):
    """The maker of bar events: told of changes, it publishes with Hub.publish()."""

    def changed(self, changes: Sequence[Change], position: Position) -> None:
        """Takes the ranges of all kinds that commits up to `position` changed, in their order.

        It is called once per reading, after the trades and quotes of these commits have been given,
        and must not block. After a failover or an outage nothing is left out.
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
        begin.number touched. The last place is `end`; history is `since` as begin.until.
        """


class Subscriber:
    """One client's stream: messages from the time of its subscription on, in their order."""

    subscription: Subscription

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        """Returns the next message; one without events after HEARTBEAT_SECONDS of silence."""
        raise NotImplementedError


class Hub:
    """The process's view of the changes, and those who follow them."""

    bars: Bars | None = None
    displays: tuple[Display, ...] = (Display(),)  # an event is rendered in each

    async def subscribe(self, subscription: Subscription) -> Subscriber:
        """Returns a stream of what is committed from now on; raises Problem.

        It is refused beyond the limits of settings, and while the database is away.
        """
        raise NotImplementedError

    async def change(self, subscriber: Subscriber, subscription: Subscription) -> None:
        """Replaces what a subscriber follows: live from now on; raises Problem."""
        raise NotImplementedError

    def leave(self, subscriber: Subscriber) -> None:
        """Ends a subscriber, whether its stream has ended or not."""
        raise NotImplementedError

    def publish(self, events: Iterable[Event]) -> None:
        """Gives events of Bars to those who follow their topic and symbol, as one message each."""
        raise NotImplementedError
