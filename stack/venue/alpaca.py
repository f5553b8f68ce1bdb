"""An Alpaca on this machine: a stream of stocks or crypto behind a login, and its history.

It speaks MessagePack to clients that want it, as alpaca-py does.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, ClassVar

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from stack.venue import alpaca_rest
from stack.venue.alpaca_rest import quote_keys, time_text, trade_keys
from stack.venue.market import Deal, Market
from stack.venue.sockets import SocketVenue

STOCKS, CRYPTO = "/v2/iex", "/v1beta3/crypto/us"
CHANNELS = ("trades", "quotes")
UNUSED: dict[str, list[str]] = {
    name: [] for name in ("bars", "updatedBars", "dailyBars", "statuses", "lulds")
}
PACKED = "application/msgpack"


class AlpacaVenue(SocketVenue):
    """The server's state; its methods may be called from any thread."""

    path: ClassVar[str] = ""  # the source appends that of its endpoint
    trade_channels: ClassVar[tuple[str, ...]] = ("trades",)
    quote_channels: ClassVar[tuple[str, ...]] = ("quotes",)

    def __init__(
        self, token: str, market: Market | None = None, path: str = STOCKS, limit: int = 30
    ) -> None:
        super().__init__(market)
        self.token = token
        self.answers: list[int] = []  # the code of each answer to a login, 0 if it was accepted
        self.is_mute = False  # does not answer a login
        self.dead: dict[int, str] = {}  # what became of trades, by their ids
        self.asked: list[dict[str, str]] = []  # requests of the history
        self.page = alpaca_rest.LARGEST_PAGE
        self.endpoint, self._limit = path, limit
        self._let_in: set[ServerConnection] = set()

    def correct(self, symbol: str, deal: Deal, new: Deal) -> None:
        """Sends the correction of a trade."""
        old_keys, new_keys = trade_keys(symbol, deal), trade_keys(symbol, new)
        item = {"T": "c", "S": symbol, "x": old_keys["x"], "z": old_keys["z"], "t": new_keys["t"]}
        for prefix, keys in ("o", old_keys), ("c", new_keys):
            item |= {prefix + key: keys[key] for key in "ipsc"}
        self.send_raw(_text([item]))

    def cancel(self, symbol: str, deal: Deal) -> None:
        """Sends the cancel of a trade."""
        keys = trade_keys(symbol, deal)
        item = {"T": "x", "S": symbol, "a": "C", "t": time_text(self.market.now())}
        self.send_raw(_text([item | {key: keys[key] for key in "ixpsz"}]))

    def error(self, code: int, text: str) -> None:
        """Sends an error to all that are connected."""
        self.send_raw(_error(code, text))

    def frames(
        self,
        channel: str,
        symbol: str,
        deals: list[Deal],
        *,
        is_snapshot: bool = False,  # noqa: ARG002 - there is none
    ) -> Iterable[str]:
        """Returns the frame of a channel about trades, or about the quote behind the last."""
        if channel == "trades":
            return [_text([trade_keys(symbol, one) | {"T": "t", "S": symbol} for one in deals])]
        return [_text([quote_keys(symbol, deals[-1]) | {"T": "q", "S": symbol}])]

    def _greetings(self) -> Iterable[str]:
        return [_text([{"T": "success", "msg": "connected"}])]

    def _answers(self, connection: ServerConnection, text: str) -> Iterator[str]:
        request = msgspec.json.decode(text, type=dict[str, Any])
        if request.get("action") == "auth":
            if not self.is_mute:
                yield self._login(connection, request)
        elif connection not in self._let_in:
            yield _error(401, "not authenticated")
        else:
            self.requests.append(request)
            yield self._answer(connection, request)

    def _login(self, connection: ServerConnection, request: dict[str, Any]) -> str:
        self._let_in &= self._subscribers.keys()
        code, text = 0, ""
        if f"{request.get('key')}:{request.get('secret')}" != self.token:
            code, text = 402, "auth failed"
        elif self._let_in:
            code, text = 406, "connection limit exceeded"
        self.answers.append(code)
        if code:
            return _error(code, text)
        self._let_in.add(connection)
        return _text([{"T": "success", "msg": "authenticated"}])

    def _answer(self, connection: ServerConnection, request: dict[str, Any]) -> str:
        """Takes a subscription, or refuses it as a whole; returns the full set."""
        asked = {(name, symbol) for name in CHANNELS for symbol in request.get(name, ())}
        if len(self._subscribers[connection] | asked) > self._limit:
            return _error(405, "symbol limit exceeded")
        self._subscribers[connection] |= asked
        mine: dict[str, list[str]] = {name: [] for name in CHANNELS} | UNUSED
        for name, symbol in sorted(self._subscribers[connection]):
            mine[name].append(symbol)
        implied = {"corrections": mine["trades"], "cancelErrors": mine["trades"]}
        return _text([{"T": "subscription"} | mine | implied])

    def _read(self, text: str | bytes) -> str:
        if isinstance(text, str):
            return text
        return msgspec.json.encode(msgspec.msgpack.decode(text)).decode()

    def _post(self, connection: ServerConnection, text: str | bytes) -> None:
        """Sends a frame as the client wants it."""
        assert connection.request is not None
        if connection.request.headers.get("Content-Type") != PACKED:
            super()._post(connection, text)
            return
        items = json.loads(text, parse_float=Decimal)
        packed = [{key: _packed(key, value) for key, value in item.items()} for item in items]
        connection.protocol.send_binary(msgspec.msgpack.encode(packed))
        connection.send_data()

    def _respond(self, connection: ServerConnection, request: Request) -> Response | None:
        if "Upgrade" not in request.headers:
            return connection.respond(*alpaca_rest.answer(self, request))
        if not request.path.startswith(self.endpoint):
            return connection.respond(HTTPStatus.NOT_FOUND, "not found\n")
        return super()._respond(connection, request)


def _text(items: list[dict[str, Any]]) -> str:
    return alpaca_rest.encode(items).decode()


def _error(code: int, text: str) -> str:
    return _text([{"T": "error", "code": code, "msg": text}])


def _packed(key: str, value: Any) -> Any:
    if key == "t":
        return datetime.fromisoformat(value)
    return float(value) if isinstance(value, Decimal) else value
