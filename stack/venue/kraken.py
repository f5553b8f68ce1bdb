"""A Kraken on this machine: WebSocket v2 with trades and tickers, and the REST call for trades.

It can be told to misbehave as venues do: to cut, fall silent, repeat, reorder, send garbage.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Server, ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from stack.venue import kraken_rest
from stack.venue.market import Deal, Market
from stack.venue.thread import HOST, call, listen, post

HEARTBEAT_SECONDS = 1.0
SNAPSHOT = 50
PAIRS = ("BTC/USD", "ETH/USD", "DOGE/USD")


class KrakenVenue:
    """The server's state; its methods may be called from any thread."""

    def __init__(
        self,
        market: Market | None = None,
        pairs: Iterable[str] = PAIRS,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        self.market = market or Market()
        self.url = self.rest_url = ""
        self.connects = 0
        self.requests: list[dict[str, Any]] = []  # subscriptions as they came
        self.is_silent = False  # stays open and sends nothing
        self.refuses: HTTPStatus | None = None  # an answer to every handshake
        self.snapshots = True
        self._pairs = set(pairs)
        self._heartbeat_seconds = heartbeat_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._subscribers: dict[ServerConnection, set[tuple[str, str]]] = {}

    def trade(self, symbol: str, count: int = 1) -> list[Deal]:
        """Makes trades and sends them in one frame."""
        made: list[Deal] = self.call(self._trade, symbol, count)
        return made

    def quote(self, symbol: str) -> None:
        """Sends a ticker around the last price."""
        self.call(self._quote, symbol)

    def send(self, channel: str, symbol: str, deals: Iterable[Deal]) -> None:
        """Sends trades again, or in another order."""
        self.call(self._broadcast, channel, symbol, trade_frame(symbol, deals))

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
        self.url, self.rest_url = f"ws://{HOST}:{port}/v2", f"http://{HOST}:{port}"
        return server

    async def _handle(self, connection: ServerConnection) -> None:
        self.connects += 1
        self._subscribers[connection] = set()
        heartbeats = asyncio.create_task(self._heartbeats(connection))
        try:
            await connection.send(json.dumps(STATUS))
            async for text in connection:
                for answer in self._answers(connection, json.loads(text)):
                    if not self.is_silent:
                        await connection.send(answer)
        except ConnectionClosed:
            pass
        finally:
            heartbeats.cancel()
            self._subscribers.pop(connection, None)

    async def _heartbeats(self, connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(self._heartbeat_seconds)
                if not self.is_silent and self._subscribers[connection]:
                    await connection.send('{"channel":"heartbeat"}')

    def _answers(self, connection: ServerConnection, request: dict[str, Any]) -> Iterator[str]:
        if request.get("method") == "ping":
            yield json.dumps(
                {"method": "pong", "req_id": request.get("req_id"), **_times(self.market)}
            )
            return
        self.requests.append(request)
        params = request["params"]
        for symbol in params["symbol"]:
            answer = {"method": "subscribe", "req_id": request.get("req_id"), **_times(self.market)}
            if symbol not in self._pairs:
                yield json.dumps(answer | _refusal(symbol))
                continue
            result = {"channel": params["channel"], "symbol": symbol, "snapshot": True}
            self._subscribers[connection].add((params["channel"], symbol))
            yield json.dumps(answer | {"success": True, "result": result})
            deals = self.market.deals.get(symbol, [])[-SNAPSHOT:]
            if params["channel"] == "trade" and deals and self.snapshots:
                yield trade_frame(symbol, deals, "snapshot")

    def _trade(self, symbol: str, count: int) -> list[Deal]:
        deals = [self.market.trade(symbol) for _ in range(count)]
        self._broadcast("trade", symbol, trade_frame(symbol, deals))
        return deals

    def _quote(self, symbol: str) -> None:
        deal = (self.market.deals.get(symbol) or [self.market.trade(symbol)])[-1]
        self._broadcast("ticker", symbol, ticker_frame(symbol, deal))

    def _broadcast(self, channel: str, symbol: str, text: str) -> None:
        for connection, subscribed in list(self._subscribers.items()):
            if (channel, symbol) in subscribed and not self.is_silent:
                post(connection, text)

    def _post_all(self, text: str | bytes) -> None:
        for one in list(self._subscribers):
            post(one, text)

    def _cut(self, clean: bool) -> None:
        for connection in list(self._subscribers):
            if clean:
                self._closing = asyncio.ensure_future(connection.close())
            else:
                connection.transport.abort()

    def _respond(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answers a request that is not a WebSocket's handshake, or refuses one that is."""
        if request.path.startswith("/v2"):
            refuses = self.refuses
            return None if refuses is None else connection.respond(refuses, refuses.phrase)
        if not request.path.startswith("/0/public/Trades?"):
            return connection.respond(HTTPStatus.NOT_FOUND, "not found\n")
        text = kraken_rest.trades(self.market, self._pairs, request.path)
        return connection.respond(HTTPStatus.OK, text)


STATUS = {
    "channel": "status",
    "type": "update",
    "data": [{"system": "online", "api_version": "v2", "connection_id": 1, "version": "2.0.0"}],
}


def trade_frame(symbol: str, deals: Iterable[Deal], kind: str = "update") -> str:
    """Returns a frame of the channel `trade`."""
    items = ",".join(
        f'{{"symbol":"{symbol}","side":"{deal.side}","price":{deal.price},"qty":{deal.qty:f},'
        f'"ord_type":"limit","trade_id":{deal.id},"timestamp":"{_text(deal.time)}"}}'
        for deal in deals
    )
    return f'{{"channel":"trade","type":"{kind}","data":[{items}]}}'


def ticker_frame(symbol: str, deal: Deal) -> str:
    """Returns a frame of the channel `ticker` around the price of a trade."""
    return (
        f'{{"channel":"ticker","type":"update","data":[{{"symbol":"{symbol}",'
        f'"bid":{deal.price - 1},"bid_qty":1.5,"ask":{deal.price + 1},"ask_qty":2.25,'
        f'"last":{deal.price},"volume":163.28908096,"timestamp":"{_text(deal.time)}"}}]}}'
    )


def _text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _times(market: Market) -> dict[str, str]:
    now = _text(market.now())
    return {"time_in": now, "time_out": now}


def _refusal(symbol: str) -> dict[str, object]:
    error = f"Currency pair not supported {symbol}"
    return {"success": False, "error": error, "symbol": symbol}
