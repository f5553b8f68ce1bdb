"""Subscriptions in the words of the hub, and the end of a stream in those of Alpaca."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, cast

import pytest

from api.alpaca.stream.codes import Code, StreamError
from api.alpaca.stream.follower import Follower
from api.alpaca.stream.subscriptions import Subscriptions
from api.errors import Unavailable
from api.stream.events import AWAY, ENDED, SLOW, Fault, Message
from api.stream.hub import Hub
from api.stream.streams import REVOKED
from api.stream.subscription import Subscription, Topic
from tests.api.alpaca.stream.hub import StubHub

ONE_MINUTE = Topic("bars", "1m")


async def _sources(symbols: Iterable[str]) -> dict[str, str]:
    return {symbol: "sim" for symbol in symbols if symbol != "NEW"}


def follower(hub: StubHub, **wanted: list[str]) -> Follower:
    subscriptions = Subscriptions(most=10)
    subscriptions.add({channel: {one: one for one in names} for channel, names in wanted.items()})
    return Follower(cast(Hub, hub), subscriptions, _sources)


def followed(**wanted: list[str]) -> Subscription:
    """Returns what is followed of the hub."""
    hub = StubHub()
    asyncio.run(follower(hub, **wanted).follow())
    return hub.subscription


def test_channels_are_topics_of_the_hub() -> None:
    found = followed(trades=["A", "B"], quotes=["A"], updatedBars=["A"], bars=["B"])
    assert found.wanted == {
        Topic("trades"): {"A", "B"},
        Topic("quotes"): {"A"},
        ONE_MINUTE: {"A", "B"},
    }
    assert found.sources == {"A": "sim", "B": "sim"}


def test_bars_of_days_are_provisional_and_final_ones() -> None:
    topics = {Topic("bars", "1d"), Topic("provisional", "1d")}
    assert followed(dailyBars=["A"]).wanted == {topic: {"A"} for topic in topics}


def test_a_star_stands_alone_so_that_nothing_comes_twice() -> None:
    found = followed(trades=["*", "A"], quotes=["A", "NEW"])
    assert found.wanted == {Topic("trades"): {"*"}, Topic("quotes"): {"A", "NEW"}}
    assert found.sources == {"A": "sim"}


def test_a_refusal_of_the_hub_is_told() -> None:
    hub = StubHub()
    hub.problem = Unavailable("the database is away")
    with pytest.raises(StreamError) as raised:
        asyncio.run(follower(hub, trades=["A"]).follow())
    assert (raised.value.code, raised.value.detail) == (Code.INTERNAL, "the database is away")


def ended(*faults: Fault) -> StreamError:
    """Returns the error with which a stream with these faults ends."""

    async def run() -> None:
        hub = StubHub()
        made = follower(hub, trades=["A"])
        await made.follow()
        hub.subscriber.messages = [Message((), "", fault) for fault in faults]
        async for _ in made.messages():
            pass

    with pytest.raises(StreamError) as raised:
        asyncio.run(run())
    return raised.value


def test_an_outage_is_no_end_but_a_slow_client_is() -> None:
    error = ended(Fault(AWAY, "wait"), Fault(SLOW, "too slow"))
    assert error.message() == {"T": "error", "code": 407, "msg": "slow client"}


def test_a_server_that_stops_says_so_with_the_status_of_a_restart() -> None:
    error = ended(Fault(ENDED, "The server stops"))
    assert (error.code, error.status) == (Code.INTERNAL, 1012)


def test_a_revoked_key_ends_a_stream_that_follows_nothing_yet() -> None:
    async def run() -> None:
        made = follower(StubHub())
        made.end(REVOKED)
        await asyncio.wait_for(made.ended(), 5)

    with pytest.raises(StreamError) as raised:
        asyncio.run(run())
    assert raised.value.message() == {
        "T": "error",
        "code": 402,
        "msg": "auth failed: the API key was revoked",
    }


def test_a_stream_that_is_ended_gives_first_what_waits() -> None:
    async def run() -> list[Message]:
        hub = StubHub()
        made = follower(hub, trades=["A"])
        await made.follow()
        hub.subscriber.messages = [Message((), "1"), Message((), "2")]
        made.end(REVOKED)
        given: list[Message] = []
        with suppress(StreamError):
            async for message in made.messages():
                given.append(message)  # noqa: PERF401 - it ends by an error
        return given

    assert [message.resume for message in asyncio.run(run())] == ["1", "2", ""]


def test_what_is_followed_changes_while_it_is_followed() -> None:
    async def run() -> Any:
        hub = StubHub()
        subscriptions = Subscriptions(most=10)
        made = Follower(cast(Hub, hub), subscriptions, _sources)
        await made.follow()
        assert hub.subscriber is None
        subscriptions.add({"trades": {"A": "A"}})
        await made.follow()
        first = hub.subscriber
        subscriptions.add({"trades": {"B": "B"}})
        await made.follow()
        assert hub.subscriber is first
        return hub.subscription.wanted

    assert asyncio.run(run()) == {Topic("trades"): {"A", "B"}}
