"""An OKX on this machine: v5's channels for trades and the best bid and ask, and the REST call."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from websockets.asyncio.server import ServerConnection

from stack.venue.market import Deal, unix_ms
from stack.venue.sockets import SocketVenue

PAGE = 100
BY_TIME = "2"


class OkxVenue(SocketVenue):
    """The server's state; its methods may be called from any thread."""

    path = "/ws/v5/public"
    default_pairs = ("BTC-USDT", "ETH-USDT")
    trade_channels = ("trades", "trades-all")
    quote_channels = ("bbo-tbt",)
    history = 10**6  # number of trades that the REST call remembers

    def frames(
        self, channel: str, symbol: str, deals: list[Deal], *, is_snapshot: bool = False
    ) -> Iterable[str]:
        """Returns a frame per trade, in which `trades` joins all; there are no snapshots."""
        if is_snapshot:
            return []
        if channel == "bbo-tbt":
            items = [_best(deals[-1])]
        elif channel == "trades":
            items = [_item(symbol, deals[-1]) | {"count": str(len(deals)), "sz": _total(deals)}]
        else:
            items = [_item(symbol, deal) for deal in deals]
        arg = {"channel": channel, "instId": symbol}
        return [json.dumps({"arg": arg, "data": [item]}) for item in items]

    def _is_ping(self, text: str) -> bool:
        return text == "ping"

    def _answers(self, connection: ServerConnection, text: str) -> Iterator[str]:
        if text == "ping":
            yield "pong"
            return
        request = json.loads(text)
        self.requests.append(request)
        about = {"id": request["id"], "connId": "a4d3ae55"}
        for arg in request["args"]:
            channel, name = arg["channel"], arg["instId"]
            if name not in self._pairs:
                reason = f"Wrong URL or channel:{channel},instId:{name} doesn't exist."
                yield json.dumps({"event": "error", "code": "60018", "msg": reason} | about)
                continue
            yield json.dumps({"event": "subscribe", "arg": arg} | about)
            yield from self._subscribe(connection, channel, name)

    def _rest(self, path: str, query: dict[str, str]) -> str | None:
        if path != "/api/v5/market/history-trades":
            return None
        deals = self.market.deals.get(query["instId"], [])[-self.history :]
        after = int(query.get("after", 10**18))
        if query.get("type") == BY_TIME:
            deals = [one for one in deals if unix_ms(one.time) < after]
        else:
            deals = [one for one in deals if one.id < after]
        rows = [_item(query["instId"], one) for one in deals[::-1][: int(query["limit"])]]
        return json.dumps({"code": "0", "msg": "", "data": rows})


def _item(symbol: str, deal: Deal) -> dict[str, Any]:
    return {
        "instId": symbol,
        "tradeId": str(deal.id),
        "px": f"{deal.price}",
        "sz": f"{deal.qty:f}",
        "side": deal.side,
        "ts": str(unix_ms(deal.time)),
        "source": "0",
    }


def _best(deal: Deal) -> dict[str, Any]:
    return {
        "asks": [[f"{deal.price + 1}", "2.25", "0", "1"]],
        "bids": [[f"{deal.price - 1}", "1.5", "0", "1"]],
        "ts": str(unix_ms(deal.time)),
        "seqId": deal.id,
    }


def _total(deals: list[Deal]) -> str:
    return f"{sum(deal.qty for deal in deals):f}"
