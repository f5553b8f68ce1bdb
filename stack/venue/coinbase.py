"""A Coinbase on this machine: Advanced Trade, and the Exchange's REST call for trades."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from websockets.asyncio.server import ServerConnection

from stack.venue.market import Deal, text_of
from stack.venue.sockets import SocketVenue

NUMBER = '"sequence_num": 0'  # replaced by the number of the frame in its connection
PAGE = 1000
MAKERS = {"buy": "SELL", "sell": "BUY"}


class CoinbaseVenue(SocketVenue):
    """The server's state; its methods may be called from any thread."""

    default_pairs = ("BTC-USD", "ETH-USD")
    trade_channels = ("market_trades",)
    quote_channels = ("ticker",)
    loses = 0  # frames that are numbered and not sent

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._numbers: dict[ServerConnection, int] = defaultdict(int)  # of the next frame

    def frames(
        self, channel: str, symbol: str, deals: list[Deal], *, is_snapshot: bool = False
    ) -> Iterable[str]:
        """Returns a frame; the trades of a snapshot have the newest first."""
        kind = "snapshot" if is_snapshot else "update"
        if channel == "ticker":
            event: dict[str, Any] = {"type": kind, "tickers": [_ticker(symbol, deals[-1])]}
        else:
            trades = [_trade(symbol, deal) for deal in deals]
            event = {"type": kind, "trades": trades[::-1] if is_snapshot else trades}
        return [self._frame(channel, event)]

    def _heartbeat(self) -> str:
        now = text_of(self.market.now())
        return self._frame("heartbeats", {"current_time": now, "heartbeat_counter": 1})

    def _frame(self, channel: str, event: dict[str, Any]) -> str:
        frame = {
            "channel": channel,
            "client_id": "",
            "timestamp": text_of(self.market.now()),
            "sequence_num": 0,
            "events": [event],
        }
        return json.dumps(frame)

    def _post(self, connection: ServerConnection, text: str | bytes) -> None:
        if isinstance(text, str) and NUMBER in text:
            number = self._numbers[connection]
            self._numbers[connection] += 1
            text = text.replace(NUMBER, f'"sequence_num": {number}')
            if self.loses:
                self.loses -= 1
                return
        super()._post(connection, text)

    def _answers(self, connection: ServerConnection, text: str) -> Iterator[str]:
        request = json.loads(text)
        self.requests.append(request)
        channel = request["channel"]
        names = request.get("product_ids", [])
        for name in names:
            if name not in self._pairs:
                message = f"failed to subscribe: {name} is not a valid product"
                yield json.dumps({"type": "error", "message": message})
        known = [name for name in names if name in self._pairs]
        follow = [one for name in known for one in self._subscribe(connection, channel, name)]
        served: dict[str, list[str]] = defaultdict(list)
        for one, name in sorted(self._subscribers[connection]):
            served[one].append(name)
        yield self._frame("subscriptions", {"subscriptions": served})
        yield from follow

    def _rest(self, path: str, query: dict[str, str]) -> str | None:
        name = path.removeprefix("/products/").removesuffix("/trades")
        below, limit = int(query.get("after", 10**18)), min(int(query.get("limit", 1000)), PAGE)
        deals = [one for one in self.market.deals.get(name, []) if one.id < below]
        return json.dumps([_row(one) for one in deals[::-1][:limit]])


def _trade(symbol: str, deal: Deal) -> dict[str, Any]:
    return {
        "trade_id": str(deal.id),
        "product_id": symbol,
        "price": f"{deal.price}",
        "size": f"{deal.qty:f}",
        "side": MAKERS[deal.side],
        "time": text_of(deal.time),
    }


def _ticker(symbol: str, deal: Deal) -> dict[str, Any]:
    return {
        "type": "ticker",
        "product_id": symbol,
        "price": f"{deal.price}",
        "volume_24_h": "15328.12345678",
        "best_bid": f"{deal.price - 1}",
        "best_bid_quantity": "1.5",
        "best_ask": f"{deal.price + 1}",
        "best_ask_quantity": "2.25",
    }


def _row(deal: Deal) -> dict[str, Any]:
    return {
        "trade_id": deal.id,
        "side": MAKERS[deal.side].lower(),
        "size": f"{deal.qty:f}",
        "price": f"{deal.price}",
        "time": text_of(deal.time),
    }
