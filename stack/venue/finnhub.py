"""A Finnhub on this machine: trades without ids, a token in the address, pings and errors."""

import asyncio
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from stack.venue.thread import HOST, call, listen, post

TOO_MANY = '{"type":"error","msg":"Subscribing to too many symbols"}'


class FinnhubVenue:
    """The server's state; its methods may be called from any thread."""

    def __init__(self, token: str, limit: int = 50) -> None:
        self.url = ""
        self.connects = 0
        self.handshakes: list[int] = []  # the status of each answer, 101 if it was accepted
        self.subscribed: list[str] = []  # as they came
        self.busy = 0  # handshakes that are answered with 429
        self.token = token
        self._limit = limit
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connections: dict[ServerConnection, list[str]] = {}

    def send(self, items: Iterable[dict[str, Any]]) -> None:
        """Sends trades in one frame to all that subscribe to a symbol of them."""
        self.send_raw(json.dumps({"data": list(items), "type": "trade"}))

    def send_raw(self, text: str) -> None:
        """Sends a frame to all that are connected."""
        self._each(lambda connection: post(connection, text))

    def cut(self) -> None:
        """Ends all connections without a closing frame."""
        self._each(lambda connection: connection.transport.abort())

    def _each(self, act: Callable[[ServerConnection], None]) -> None:
        assert self._loop is not None

        def each() -> None:
            for connection in list(self._connections):
                act(connection)

        call(self._loop, each)

    @property
    def served(self) -> list[str]:
        """The symbols of the open connection, up to the limit of the plan."""
        return next(iter(list(self._connections.values())), [])[: self._limit]

    async def serve(self, port: int = 0) -> Server:
        """Starts the server in the running loop."""
        self._loop = asyncio.get_running_loop()
        server, port = await listen(self._handle, self._respond, port)
        self.url = f"ws://{HOST}:{port}"
        return server

    def _respond(self, connection: ServerConnection, request: Request) -> Response | None:
        given = parse_qs(urlsplit(request.path).query).get("token", [""])[0]
        status = HTTPStatus.SWITCHING_PROTOCOLS
        if given != self.token:
            status = HTTPStatus.UNAUTHORIZED
        elif self.busy > 0:
            self.busy -= 1
            status = HTTPStatus.TOO_MANY_REQUESTS
        self.handshakes.append(int(status))
        return None if status == 101 else connection.respond(status, f"{status.phrase}\n")

    async def _handle(self, connection: ServerConnection) -> None:
        self.connects += 1
        symbols = self._connections.setdefault(connection, [])
        with suppress(ConnectionClosed):
            async for text in connection:
                request = json.loads(text)
                if request.get("type") == "subscribe":
                    symbols.append(request["symbol"])
                    self.subscribed.append(request["symbol"])
                    if len(symbols) == self._limit + 1:
                        await connection.send(TOO_MANY)
        self._connections.pop(connection, None)
