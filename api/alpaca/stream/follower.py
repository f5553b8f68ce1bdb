"""The subscriptions of a connection in the words of /v1/stream, and their messages."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from api.alpaca.stream.codes import REFUSED, RESTART, Code, StreamError
from api.alpaca.stream.events import DAY, MINUTE
from api.alpaca.stream.subscriptions import Subscriptions
from api.errors import Problem
from api.stream.events import ENDED, SLOW, Fault, Message
from api.stream.hub import Hub
from api.stream.streams import REVOKED
from api.stream.subscriber import Subscriber
from api.stream.subscription import BARS, EVERY, PROVISIONAL, QUOTES, TRADES, Subscription, Topic

TOPICS = {
    "trades": (Topic(TRADES),),
    "quotes": (Topic(QUOTES),),
    "bars": (Topic(BARS, MINUTE),),
    "updatedBars": (Topic(BARS, MINUTE),),
    "dailyBars": (Topic(BARS, DAY), Topic(PROVISIONAL, DAY)),
}

FindSources = Callable[[Iterable[str]], Awaitable[dict[str, str]]]


class Follower:
    """Follows the hub from the first subscription on, and changes what it follows."""

    def __init__(self, hub: Hub, subscriptions: Subscriptions, find: FindSources) -> None:
        """`find` returns the sources that symbols mean."""
        self._hub = hub
        self._subscriptions = subscriptions
        self._find = find
        self._sources: dict[str, str] = {}
        self._subscriber: Subscriber | None = None
        self._begun = asyncio.Event()
        self._ending = asyncio.Event()
        self._fault: Fault | None = None
        self._changing = asyncio.Lock()  # requests and new names change it

    async def follow(self) -> None:
        """Follows what is subscribed by now; raises StreamError."""
        async with self._changing:
            subscription = await self._subscription()
            try:
                if self._subscriber is not None:
                    await self._hub.change(self._subscriber, subscription)
                elif subscription.wanted:
                    self._subscriber = await self._hub.subscribe(subscription)
                    self._begun.set()
            except Problem as problem:
                raise StreamError(Code.INTERNAL, problem.detail) from problem

    async def messages(self) -> AsyncIterator[Message]:
        """Yields what is committed; raises StreamError at the end of the stream.

        An outage of the database is no end, and Alpaca has no word for it.
        """
        await self._begun.wait()
        assert self._subscriber is not None
        async for message in self._subscriber:
            yield message
            if message.fault is not None and message.fault.is_end:
                raise _error(message.fault)

    def end(self, fault: Fault) -> None:
        """Ends the stream, after what waits for the client already."""
        if self._subscriber is not None:
            self._subscriber.tell(fault)
        else:
            self._fault = fault
            self._ending.set()

    async def ended(self) -> None:
        """Raises StreamError if the stream is ended while nothing is followed."""
        await self._ending.wait()
        assert self._fault is not None
        raise _error(self._fault)

    def leave(self) -> None:
        """Follows nothing any more."""
        if self._subscriber is not None:
            self._hub.leave(self._subscriber)

    async def _subscription(self) -> Subscription:
        wanted: dict[Topic, frozenset[str]] = {}
        for channel, topics in TOPICS.items():
            if symbols := self._subscriptions.symbols(channel):
                for topic in topics:
                    wanted[topic] = _all_or(wanted.get(topic, frozenset()) | symbols)
        named = frozenset().union(*wanted.values()) - {EVERY}
        self._sources |= await self._find(named - self._sources.keys())
        sources = {symbol: self._sources[symbol] for symbol in named & self._sources.keys()}
        return Subscription(wanted=wanted, sources=sources)


def _error(fault: Fault) -> StreamError:
    if fault.code == SLOW:
        return StreamError(Code.SLOW_CLIENT)
    if fault == REVOKED:
        return StreamError(Code.AUTH_FAILED, "the API key was revoked")
    status = RESTART if fault.code == ENDED else REFUSED
    return StreamError(Code.INTERNAL, fault.message, status)


def _all_or(symbols: frozenset[str]) -> frozenset[str]:
    """Returns EVERY alone if it is among them: an event is to be given once."""
    return frozenset({EVERY}) if EVERY in symbols else symbols
