"""A Binance on this machine: raw streams, whatever their names, and the REST calls for trades."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from websockets.asyncio.server import ServerConnection

from stack.venue.market import Deal, unix_ms
from stack.venue.sockets import SocketVenue

AGGREGATES = 1_000_000  # by which the ids of aggregate trades are above those of trades
PAGE = 1000


class BinanceVenue(SocketVenue):
    """The server's state; its methods may be called from any thread."""

    path = "/ws"
    default_pairs = ("BTCUSDT", "ETHUSDT")
    trade_channels = ("trade", "aggTrade")
    quote_channels = ("bookTicker",)
    error: str | None = None  # an answer to every request

    def frames(
        self, channel: str, symbol: str, deals: list[Deal], *, is_snapshot: bool = False
    ) -> Iterable[str]:
        """Returns a frame per trade; there are no snapshots."""
        make: dict[str, Callable[[str, Deal], dict[str, Any]]] = {
            "trade": trade,
            "aggTrade": aggregate,
            "bookTicker": book,
        }
        return [] if is_snapshot else [json.dumps(make[channel](symbol, deal)) for deal in deals]

    def _answers(self, connection: ServerConnection, text: str) -> Iterator[str]:
        request = json.loads(text)
        number = request["id"]
        if request["method"] == "LIST_SUBSCRIPTIONS":
            self.pings += 1
            streams = [f"{name.lower()}@{one}" for one, name in self._subscribers[connection]]
            yield json.dumps({"result": streams, "id": number})
            return
        self.requests.append(request)
        if self.error is not None:
            yield json.dumps({"error": {"code": 2, "msg": self.error}, "id": number})
            return
        yield json.dumps({"result": None, "id": number})
        for stream in request["params"]:
            name, _, channel = stream.partition("@")
            yield from self._subscribe(connection, channel, name.upper())

    def _rest(self, path: str, query: dict[str, str]) -> str | None:
        deals = self.market.deals.get(query.get("symbol", ""), [])
        first, limit = int(query.get("fromId", 0)), min(int(query.get("limit", 500)), PAGE)
        if path == "/api/v3/historicalTrades":
            return json.dumps([_row(one) for one in deals if one.id >= first][:limit])
        if path != "/api/v3/aggTrades":
            return None
        since = int(query.get("startTime", 0))
        rows = [aggregate("", one) for one in deals if one.id + AGGREGATES >= first]
        return json.dumps([row for row in rows if row["T"] >= since][:limit])


def trade(symbol: str, deal: Deal) -> dict[str, Any]:
    """Returns an event of the stream `trade`."""
    return {"e": "trade", "t": deal.id, "M": True} | _event(symbol, deal)


def aggregate(symbol: str, deal: Deal) -> dict[str, Any]:
    """Returns an event of the stream `aggTrade`, of one trade."""
    own = {"e": "aggTrade", "a": deal.id + AGGREGATES, "f": deal.id, "l": deal.id, "M": True}
    return own | _event(symbol, deal)


def book(symbol: str, deal: Deal) -> dict[str, Any]:
    """Returns an event of the stream `bookTicker`, which has no time."""
    bid, ask = f"{deal.price - 1}", f"{deal.price + 1}"
    return {"u": deal.id, "s": symbol, "b": bid, "B": "1.5", "a": ask, "A": "2.25"}


def _event(symbol: str, deal: Deal) -> dict[str, Any]:
    time, is_maker = unix_ms(deal.time), deal.side == "sell"
    return {
        "E": time,
        "s": symbol,
        "p": f"{deal.price}",
        "q": f"{deal.qty:f}",
        "T": time,
        "m": is_maker,
    }


def _row(deal: Deal) -> dict[str, Any]:
    return {
        "id": deal.id,
        "price": f"{deal.price}",
        "qty": f"{deal.qty:f}",
        "quoteQty": f"{deal.price * deal.qty:f}",
        "time": unix_ms(deal.time),
        "isBuyerMaker": deal.side == "sell",
        "isBestMatch": True,
    }
