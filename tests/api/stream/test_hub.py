"""Changes of what a subscriber follows, and the bars that are joined and left for it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime

from api.settings import ApiSettings
from api.stream.events import Change, Event, Position
from api.stream.hub import Hub
from api.stream.subscription import Subscription
from api.stream.token import Place
from tests.api.stream.bar_feed import subscription

NOON = datetime(2026, 2, 27, 12, tzinfo=UTC)
ONE, OTHER = subscription("1m", symbols=["A"]), subscription("1m", symbols=["A", "B"])


class Joined:
    """Bars that know for which subscriptions they were joined; a join waits for `may_join`."""

    def __init__(self) -> None:
        self.subscriptions: list[Subscription] = []
        self.may_join = asyncio.Event()
        self.may_join.set()
        self._numbers = itertools.count(1)

    async def join(self, subscription: Subscription) -> Place:
        await self.may_join.wait()
        self.subscriptions.append(subscription)
        return Place(next(self._numbers), NOON)

    def leave(self, subscription: Subscription) -> None:
        self.subscriptions.remove(subscription)

    def place(self, _: Subscription) -> Place:
        return Place(0, NOON)

    def changed(self, changes: Sequence[Change], position: Position) -> None:
        """Takes no note."""

    async def replay(self, *_: object) -> AsyncIterator[tuple[tuple[Event, ...], Place]]:
        for _ in ():
            yield (), Place(0, NOON)


def run(url: str, test: Callable[[Hub, Joined], Awaitable[None]]) -> None:
    """Runs a test with a hub."""

    async def with_hub() -> None:
        hub, bars = Hub(ApiSettings(database_url=url)), Joined()
        hub.bars = bars
        try:
            await test(hub, bars)
        finally:
            await hub.close()

    asyncio.run(with_hub())


async def turns(tasks: Iterable[asyncio.Task[None]] = ()) -> None:
    """Lets what can go on do so, then waits for tasks."""
    await asyncio.sleep(0)
    await asyncio.gather(*tasks, return_exceptions=True)


def test_a_change_leaves_what_was_joined_before(fresh_database: str) -> None:
    async def test(hub: Hub, bars: Joined) -> None:
        subscriber = await hub.subscribe(ONE)
        await hub.change(subscriber, OTHER)
        assert bars.subscriptions == [OTHER]
        hub.leave(subscriber)
        assert bars.subscriptions == []

    run(fresh_database, test)


def test_live_bars_begin_where_they_did_whatever_is_added_later(fresh_database: str) -> None:
    """The messages that were published between the two wait for the client already."""

    async def test(hub: Hub, _: Joined) -> None:
        subscriber = await hub.subscribe(ONE)
        await hub.change(subscriber, OTHER)
        assert subscriber.joined == Place(1, NOON)

    run(fresh_database, test)


def test_a_subscriber_that_leaves_while_it_changes_leaves_once(fresh_database: str) -> None:
    async def test(hub: Hub, bars: Joined) -> None:
        subscriber = await hub.subscribe(ONE)
        bars.may_join.clear()
        change = asyncio.create_task(hub.change(subscriber, OTHER))
        await turns()
        hub.leave(subscriber)
        assert bars.subscriptions == []
        bars.may_join.set()
        await change
        assert bars.subscriptions == []
        assert not hub.audience

    run(fresh_database, test)


def test_a_change_that_is_cancelled_is_left_too(fresh_database: str) -> None:
    async def test(hub: Hub, bars: Joined) -> None:
        subscriber = await hub.subscribe(ONE)
        async with hub._follower.lock:  # a reading is under way
            change = asyncio.create_task(hub.change(subscriber, OTHER))
            await turns()
            assert bars.subscriptions == [ONE, OTHER]
            change.cancel()
            await turns([change])
        hub.leave(subscriber)
        assert bars.subscriptions == []
        assert not hub.audience._index

    run(fresh_database, test)
