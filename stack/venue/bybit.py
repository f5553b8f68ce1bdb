"""A Bybit on this machine: v5's public topics of the spot market, and the REST call for trades."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from websockets.asyncio.server import ServerConnection

from stack.venue.market import Deal, unix_ms
from stack.venue.sockets import SocketVenue

MOST = 60  # trades of the past
SIDES = {"buy": "Buy", "sell": "Sell"}
IDS = 2_290_000_000_000_000_000  # by which ids are above those of the market


class BybitVenue(SocketVenue):
    """The server's state; its methods may be called from any thread."""

    path = "/v5/public/spot"
    default_pairs = ("BTCUSDT", "ETHUSDT")
    trade_channels = ("publicTrade",)
    quote_channels = ("orderbook.1",)

    def frames(
        self, channel: str, symbol: str, deals: list[Deal], *, is_snapshot: bool = False
    ) -> Iterable[str]:
        """Returns a frame; subscriptions begin with no trades of the past."""
        if is_snapshot:
            return []
        time = unix_ms(self.market.now())
        if channel == "orderbook.1":
            data: Any = _book(symbol, deals[-1])
        else:
            data = [_trade(symbol, deal) for deal in deals]
        frame = {"topic": f"{channel}.{symbol}", "ts": time, "type": "snapshot", "data": data}
        return [json.dumps(frame)]

    def _is_ping(self, text: str) -> bool:
        return '"ping"' in text

    def _answers(self, connection: ServerConnection, text: str) -> Iterator[str]:
        request = json.loads(text)
        answer = {"success": True, "ret_msg": "", "conn_id": "c-2x"}
        if request["op"] == "ping":
            yield json.dumps(answer | {"ret_msg": "pong", "req_id": "", "op": "ping"})
            return
        self.requests.append(request)
        answer |= {"req_id": request["req_id"], "op": "subscribe"}
        topics = [topic.rpartition(".") for topic in request["args"]]
        if wrong := [name for _, _, name in topics if name not in self._pairs]:
            reason = f"Invalid symbol :[{wrong[0]}]"
            yield json.dumps(answer | {"success": False, "ret_msg": reason})
            return
        yield json.dumps(answer)
        for channel, _, name in topics:
            yield from self._subscribe(connection, channel, name)

    def _rest(self, path: str, query: dict[str, str]) -> str | None:
        if path != "/v5/market/recent-trade":
            return None
        name = query["symbol"]
        deals = self.market.deals.get(name, [])[-min(int(query["limit"]), MOST) :]
        rows = [_row(name, deal) for deal in deals[::-1]]
        result = {"category": query["category"], "list": rows}
        return json.dumps({"retCode": 0, "retMsg": "OK", "result": result, "time": 0})


def id_of(deal: Deal) -> str:
    """Returns the id that a trade has here."""
    return str(IDS + deal.id * 7)


def _trade(symbol: str, deal: Deal) -> dict[str, Any]:
    return {
        "T": unix_ms(deal.time),
        "s": symbol,
        "S": SIDES[deal.side],
        "v": f"{deal.qty:f}",
        "p": f"{deal.price}",
        "i": id_of(deal),
        "BT": False,
        "RPI": False,
        "seq": deal.id * 3,
    }


def _book(symbol: str, deal: Deal) -> dict[str, Any]:
    bid, ask = [f"{deal.price - 1}", "1.5"], [f"{deal.price + 1}", "2.25"]
    return {"s": symbol, "b": [bid], "a": [ask], "u": deal.id, "seq": deal.id * 3}


def _row(symbol: str, deal: Deal) -> dict[str, Any]:
    return {
        "execId": id_of(deal),
        "symbol": symbol,
        "price": f"{deal.price}",
        "size": f"{deal.qty:f}",
        "side": SIDES[deal.side],
        "time": str(unix_ms(deal.time)),
        "isBlockTrade": False,
        "isRPITrade": False,
        "seq": str(deal.id * 3),
    }
