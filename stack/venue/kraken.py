"""A Kraken on this machine: WebSocket v2 with trades and tickers, and the REST call for trades."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from websockets.asyncio.server import ServerConnection

from stack.venue import kraken_rest
from stack.venue.market import Deal, Market, text_of
from stack.venue.sockets import SocketVenue


class KrakenVenue(SocketVenue):
    """The server's state; its methods may be called from any thread."""

    path = "/v2"
    default_pairs = ("BTC/USD", "ETH/USD", "DOGE/USD")
    trade_channels = ("trade",)
    quote_channels = ("ticker",)

    def frames(
        self, channel: str, symbol: str, deals: list[Deal], *, is_snapshot: bool = False
    ) -> Iterable[str]:
        """Returns a frame of either channel."""
        if channel == "ticker":
            return [ticker_frame(symbol, deals[-1])]
        return [trade_frame(symbol, deals, "snapshot" if is_snapshot else "update")]

    def _greetings(self) -> Iterable[str]:
        return [json.dumps(STATUS)]

    def _heartbeat(self) -> str:
        return '{"channel":"heartbeat"}'

    def _answers(self, connection: ServerConnection, text: str) -> Iterator[str]:
        request: dict[str, Any] = json.loads(text)
        if request.get("method") == "ping":
            pong = {"method": "pong", "req_id": request.get("req_id")}
            yield json.dumps(pong | _times(self.market))
            return
        self.requests.append(request)
        params = request["params"]
        for symbol in params["symbol"]:
            answer = {"method": "subscribe", "req_id": request.get("req_id"), **_times(self.market)}
            if symbol not in self._pairs:
                yield json.dumps(answer | _refusal(symbol))
                continue
            result = {"channel": params["channel"], "symbol": symbol, "snapshot": True}
            yield json.dumps(answer | {"success": True, "result": result})
            yield from self._subscribe(connection, params["channel"], symbol)

    def _rest(self, path: str, query: dict[str, str]) -> str | None:
        if path != "/0/public/Trades":
            return None
        return kraken_rest.trades(self.market, self._pairs, query)


STATUS = {
    "channel": "status",
    "type": "update",
    "data": [{"system": "online", "api_version": "v2", "connection_id": 1, "version": "2.0.0"}],
}


def trade_frame(symbol: str, deals: Iterable[Deal], kind: str = "update") -> str:
    """Returns a frame of the channel `trade`."""
    items = ",".join(
        f'{{"symbol":"{symbol}","side":"{deal.side}","price":{deal.price},"qty":{deal.qty:f},'
        f'"ord_type":"limit","trade_id":{deal.id},"timestamp":"{text_of(deal.time)}"}}'
        for deal in deals
    )
    return f'{{"channel":"trade","type":"{kind}","data":[{items}]}}'


def ticker_frame(symbol: str, deal: Deal) -> str:
    """Returns a frame of the channel `ticker` around the price of a trade."""
    return (
        f'{{"channel":"ticker","type":"update","data":[{{"symbol":"{symbol}",'
        f'"bid":{deal.price - 1},"bid_qty":1.5,"ask":{deal.price + 1},"ask_qty":2.25,'
        f'"last":{deal.price},"volume":163.28908096,"timestamp":"{text_of(deal.time)}"}}]}}'
    )


def _times(market: Market) -> dict[str, str]:
    now = text_of(market.now())
    return {"time_in": now, "time_out": now}


def _refusal(symbol: str) -> dict[str, object]:
    error = f"Currency pair not supported {symbol}"
    return {"success": False, "error": error, "symbol": symbol}
