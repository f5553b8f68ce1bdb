"""An Alpaca on this machine: a stream of stocks or crypto behind a login, and its history.

It can be told to misbehave as venues do: to cut, fall silent, repeat, refuse, send garbage.
"""

import asyncio
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import msgspec
from websockets.asyncio.server import Server, ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from stack.venue import alpaca_rest
from stack.venue.alpaca_rest import quote_keys, time_text, trade_keys
from stack.venue.market import Deal, Market
from stack.venue.thread import HOST, call, listen, post

STOCKS, CRYPTO = "/v2/iex", "/v1beta3/crypto/us"
CHANNELS = ("trades", "quotes")
UNUSED = ("bars", "updatedBars", "dailyBars", "statuses", "lulds")
AUTH_SECONDS = 10.0
PACKED = "application/msgpack"


class AlpacaVenue:
    """The server's state; its methods may be called from any thread."""

    def __init__(
        self, token: str, market: Market | None = None, path: str = STOCKS, limit: int = 30
    ) -> None:
        self.market = market or Market()
        self.url = self.rest_url = ""
        self.connects = 0
        self.requests: list[dict[str, Any]] = []  # subscriptions as they came
        self.answers: list[int] = []  # the code of each answer to a login, 0 if it was accepted
        self.token = token
        self.is_silent = False  # stays open and sends nothing but pongs
        self.is_mute = False  # does not answer the login
        self.refuses: HTTPStatus | None = None  # an answer to every handshake
        self.dead: dict[int, str] = {}  # what became of trades, by their ids
        self.asked: list[dict[str, str]] = []  # requests of the history
        self.page = alpaca_rest.LARGEST_PAGE
        self._path, self._limit = path, limit
        self._loop: asyncio.AbstractEventLoop | None = None
        self._subscribers: dict[ServerConnection, dict[str, list[str]]] = {}

    def trade(self, symbol: str, count: int = 1) -> list[Deal]:
        """Makes trades and sends them in one frame."""
        made: list[Deal] = self.call(self._trade, symbol, count)
        return made

    def quote(self, symbol: str) -> None:
        """Sends a quote around the last price."""
        self.call(self._quote, symbol)

    def send(self, symbol: str, deals: Iterable[Deal]) -> None:
        """Sends trades again, or in another order."""
        items = [trade_keys(symbol, deal) | {"T": "t", "S": symbol} for deal in deals]
        self.call(self._broadcast, "trades", symbol, items)

    def correct(self, symbol: str, deal: Deal, new: Deal) -> None:
        """Sends the correction of a trade."""
        old_keys, new_keys = trade_keys(symbol, deal), trade_keys(symbol, new)
        item = {"T": "c", "S": symbol, "x": old_keys["x"], "z": old_keys["z"], "t": new_keys["t"]}
        for prefix, keys in ("o", old_keys), ("c", new_keys):
            item |= {prefix + key: keys[key] for key in "ipsc"}
        self.call(self._broadcast, "trades", symbol, [item])

    def cancel(self, symbol: str, deal: Deal) -> None:
        """Sends the cancel of a trade."""
        keys = trade_keys(symbol, deal)
        item = {"T": "x", "S": symbol, "a": "C", "t": time_text(self.market.now())}
        item |= {key: keys[key] for key in "ixpsz"}
        self.call(self._broadcast, "trades", symbol, [item])

    def error(self, code: int, text: str) -> None:
        """Sends an error to all that are connected."""
        self.send_raw(json.dumps([{"T": "error", "code": code, "msg": text}]))

    def send_raw(self, text: str | bytes) -> None:
        """Sends a frame to all that are connected."""
        self.call(self._each, lambda connection: post(connection, text))

    def cut(self, *, clean: bool = False) -> None:
        """Ends all connections, by a closing frame or without one."""
        self.call(self._each, self._close if clean else lambda one: one.transport.abort())

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Runs a function in the server's thread and returns its result."""
        assert self._loop is not None
        return call(self._loop, function, *arguments)

    @property
    def subscriptions(self) -> int:
        """Number of subscriptions of all open connections."""
        return sum(len(one[name]) for one in list(self._subscribers.values()) for name in CHANNELS)

    async def serve(self, port: int = 0) -> Server:
        """Starts the server in the running loop."""
        self._loop = asyncio.get_running_loop()
        server, port = await listen(self._handle, self._respond, port)
        self.url, self.rest_url = f"ws://{HOST}:{port}", f"http://{HOST}:{port}"
        return server

    async def _handle(self, connection: ServerConnection) -> None:
        self.connects += 1
        with suppress(ConnectionClosed):
            self._answer(connection, {"T": "success", "msg": "connected"})
            if await self._is_let_in(connection):
                async for text in connection:
                    self._request(connection, _read(text))
        self._subscribers.pop(connection, None)

    async def _is_let_in(self, connection: ServerConnection) -> bool:
        """Takes the login; returns whether it was accepted."""
        try:
            async with asyncio.timeout(AUTH_SECONDS):
                request = _read(await connection.recv())
        except TimeoutError:
            self._refuse(connection, 404, "auth timeout")
            return False
        if self.is_mute:
            await connection.wait_closed()
        given = f"{request.get('key')}:{request.get('secret')}"
        if request.get("action") != "auth":
            self._refuse(connection, 401, "not authenticated")
        elif given != self.token:
            self._refuse(connection, 402, "auth failed")
        elif self._subscribers:
            self._refuse(connection, 406, "connection limit exceeded")
        else:
            self.answers.append(0)
            self._subscribers[connection] = {name: [] for name in CHANNELS}
            self._answer(connection, {"T": "success", "msg": "authenticated"})
            return True
        return False

    def _refuse(self, connection: ServerConnection, code: int, text: str) -> None:
        self.answers.append(code)
        self._answer(connection, {"T": "error", "code": code, "msg": text})

    def _request(self, connection: ServerConnection, request: dict[str, Any]) -> None:
        self.requests.append(request)
        mine = self._subscribers[connection]
        wanted = {name: {*mine[name], *request.get(name, ())} for name in CHANNELS}
        if sum(map(len, wanted.values())) > self._limit:
            self._answer(connection, {"T": "error", "code": 405, "msg": "symbol limit exceeded"})
            return
        mine |= {name: sorted(symbols) for name, symbols in wanted.items()}
        implied = {"corrections": mine["trades"], "cancelErrors": mine["trades"]}
        rest: dict[str, list[str]] = {name: [] for name in UNUSED} | implied
        self._answer(connection, {"T": "subscription"} | mine | rest)

    def _answer(self, connection: ServerConnection, item: dict[str, Any]) -> None:
        if not self.is_silent:
            _post(connection, [item])

    def _trade(self, symbol: str, count: int) -> list[Deal]:
        deals = [self.market.trade(symbol) for _ in range(count)]
        items = [trade_keys(symbol, deal) | {"T": "t", "S": symbol} for deal in deals]
        self._broadcast("trades", symbol, items)
        return deals

    def _quote(self, symbol: str) -> None:
        deal = (self.market.deals.get(symbol) or [self.market.trade(symbol)])[-1]
        self._broadcast("quotes", symbol, [quote_keys(symbol, deal) | {"T": "q", "S": symbol}])

    def _broadcast(self, channel: str, symbol: str, items: list[dict[str, Any]]) -> None:
        for connection, subscribed in list(self._subscribers.items()):
            if symbol in subscribed[channel] and not self.is_silent:
                _post(connection, items)

    def _each(self, act: Callable[[ServerConnection], None]) -> None:
        for connection in list(self._subscribers):
            act(connection)

    def _close(self, connection: ServerConnection) -> None:
        self._closing = asyncio.ensure_future(connection.close())

    def _respond(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answers a request that is not a WebSocket's handshake, or refuses one that is."""
        if "Upgrade" not in request.headers:
            status, text = alpaca_rest.answer(self, request)
            return connection.respond(status, text)
        if not request.path.startswith(self._path):
            return connection.respond(HTTPStatus.NOT_FOUND, "not found\n")
        return None if self.refuses is None else connection.respond(self.refuses, "refused\n")


def _read(text: str | bytes) -> dict[str, Any]:
    if isinstance(text, str):
        return msgspec.json.decode(text, type=dict[str, Any])
    return msgspec.msgpack.decode(text, type=dict[str, Any])


def _post(connection: ServerConnection, items: list[dict[str, Any]]) -> None:
    """Sends items as the client wants them; alpaca-py asks for MessagePack."""
    assert connection.request is not None
    if connection.request.headers.get("Content-Type") != PACKED:
        post(connection, alpaca_rest.encode(items).decode())
        return
    packed = [{key: _packed(key, value) for key, value in item.items()} for item in items]
    connection.protocol.send_binary(msgspec.msgpack.encode(packed))
    connection.send_data()


def _packed(key: str, value: Any) -> Any:
    if key == "t":
        return datetime.fromisoformat(value)
    return float(value) if isinstance(value, Decimal) else value
