"""A base of fakes of venues: a WebSocket with subscriptions, and HTTP on the same port.

A venue can be told to misbehave: to cut, fall silent, refuse, repeat, reorder, send garbage.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from stack.venue.market import Deal, Market
from stack.venue.thread import HOST, call, listen, post

HEARTBEAT_SECONDS = 1.0
SNAPSHOT = 50  # trades that a subscription begins with


class Sockets(ABC):
    """The connections of a venue; its methods may be called from any thread."""

    path: ClassVar[str] = "/"

    def __init__(self) -> None:
        self.url = self.rest_url = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._subscribers: dict[ServerConnection, set[tuple[str, str]]] = {}

    @abstractmethod
    async def _handle(self, connection: ServerConnection) -> None:
        """Serves a connection until it ends."""

    @abstractmethod
    def _respond(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answers a request that is not a WebSocket's handshake, or refuses one that is."""

    def send_raw(self, text: str | bytes) -> None:
        """Sends a frame to all that are connected."""
        self.call(self._post_all, text)

    def cut(self, *, clean: bool = False) -> None:
        """Ends all connections, by a closing frame or without one."""
        self.call(self._cut, clean)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Runs a function in the server's thread and returns its result."""
        assert self._loop is not None
        return call(self._loop, function, *arguments)

    @property
    def subscriptions(self) -> int:
        """Number of subscriptions of all open connections."""
        return sum(map(len, list(self._subscribers.values())))

    async def serve(self, port: int = 0) -> Server:
        """Starts the server in the running loop."""
        self._loop = asyncio.get_running_loop()
        server, port = await listen(self._handle, self._respond, port)
        self.url, self.rest_url = f"ws://{HOST}:{port}{self.path}", f"http://{HOST}:{port}"
        return server

    def _post(self, connection: ServerConnection, text: str | bytes) -> None:
        post(connection, text)

    def _post_all(self, text: str | bytes) -> None:
        for one in list(self._subscribers):
            self._post(one, text)

    def _cut(self, clean: bool) -> None:
        for connection in list(self._subscribers):
            if clean:
                self._closing = asyncio.ensure_future(connection.close())
            else:
                connection.transport.abort()


class SocketVenue(Sockets):
    """The server's state; its methods may be called from any thread."""

    default_pairs: ClassVar[tuple[str, ...]] = ()
    trade_channels: ClassVar[tuple[str, ...]]
    quote_channels: ClassVar[tuple[str, ...]]

    def __init__(
        self,
        market: Market | None = None,
        pairs: Iterable[str] | None = None,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        super().__init__()
        self.market = market or Market()
        self.connects = 0
        self.pings = 0
        self.requests: list[Any] = []  # subscriptions as they came
        self.is_silent = False  # stays open and sends nothing but pongs
        self.refuses: HTTPStatus | None = None  # an answer to every handshake
        self.snapshots = True
        self._pairs = set(self.default_pairs if pairs is None else pairs)
        self._heartbeat_seconds = heartbeat_seconds

    @abstractmethod
    def frames(
        self, channel: str, symbol: str, deals: list[Deal], *, is_snapshot: bool = False
    ) -> Iterable[str]:
        """Returns the frames of a channel about trades, or about the quote behind the last."""

    @abstractmethod
    def _answers(self, connection: ServerConnection, text: str) -> Iterator[str]:
        """Answers a text of a client, and notes what it subscribes to."""

    def _read(self, text: str | bytes) -> str:
        """Returns a message of a client as text."""
        return text if isinstance(text, str) else text.decode()

    def _greetings(self) -> Iterable[str]:
        """Returns what a connection begins with."""
        return ()

    def _heartbeat(self) -> str | None:
        """Returns what is sent to subscribers all the time."""
        return None

    def _is_ping(self, _text: str) -> bool:
        """Whether a text is a ping that is answered in silence too."""
        return False

    def _rest(self, _path: str, _query: dict[str, str]) -> str | None:
        """Returns the body of an answer to a request over HTTP."""
        return None

    def trade(self, symbol: str, count: int = 1) -> list[Deal]:
        """Makes trades and sends them at once."""
        made: list[Deal] = self.call(self._trade, symbol, count)
        return made

    def quote(self, symbol: str) -> None:
        """Sends a quote around the last price."""
        self.call(self._quote, symbol)

    def send(self, symbol: str, deals: Iterable[Deal]) -> None:
        """Sends trades again, or in another order."""
        self.call(self._broadcast, self.trade_channels, symbol, list(deals))

    async def _handle(self, connection: ServerConnection) -> None:
        self.connects += 1
        self._subscribers[connection] = set()
        heartbeats = asyncio.create_task(self._heartbeats(connection))
        try:
            for text in self._greetings():
                self._post(connection, text)
            async for message in connection:
                request = self._read(message)
                is_ping = self._is_ping(request)
                self.pings += is_ping
                for answer in self._answers(connection, request):
                    if is_ping or not self.is_silent:
                        self._post(connection, answer)
        except ConnectionClosed:
            pass
        finally:
            heartbeats.cancel()
            self._subscribers.pop(connection, None)

    async def _heartbeats(self, connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            while (text := self._heartbeat()) is not None:
                await asyncio.sleep(self._heartbeat_seconds)
                if not self.is_silent and self._subscribers[connection]:
                    self._post(connection, text)

    def _subscribe(self, connection: ServerConnection, channel: str, symbol: str) -> Iterator[str]:
        """Notes a subscription, and yields the last trades."""
        self._subscribers[connection].add((channel, symbol))
        deals = self.market.deals.get(symbol, [])[-SNAPSHOT:]
        if channel in self.trade_channels and deals and self.snapshots:
            yield from self.frames(channel, symbol, deals, is_snapshot=True)

    def _trade(self, symbol: str, count: int) -> list[Deal]:
        deals = [self.market.trade(symbol) for _ in range(count)]
        self._broadcast(self.trade_channels, symbol, deals)
        return deals

    def _quote(self, symbol: str) -> None:
        deals = self.market.deals.get(symbol) or [self.market.trade(symbol)]
        self._broadcast(self.quote_channels, symbol, deals[-1:])

    def _broadcast(self, channels: Iterable[str], symbol: str, deals: list[Deal]) -> None:
        for connection, subscribed in list(self._subscribers.items()):
            for channel in channels:
                if (channel, symbol) in subscribed and not self.is_silent:
                    for text in self.frames(channel, symbol, deals):
                        self._post(connection, text)

    def _respond(self, connection: ServerConnection, request: Request) -> Response | None:
        if "Upgrade" in request.headers:
            refuses = self.refuses
            return None if refuses is None else connection.respond(refuses, refuses.phrase)
        parts = urlsplit(request.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        text = self._rest(parts.path, query)
        if text is None:
            return connection.respond(HTTPStatus.NOT_FOUND, "not found\n")
        return connection.respond(HTTPStatus.OK, text)
