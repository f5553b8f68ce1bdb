"""Finnhub's WebSocket: trades without ids, of stocks, crypto and FX; nothing can be filled.

https://finnhub.io/docs/api/websocket-trades
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec

from db.errors import SettingsError, UsageError
from ingest.feed import instruments, websocket
from ingest.feed.decoded import events_of, object_of
from ingest.feed.native import message, time_of
from ingest.feed.source import (
    Acknowledged,
    BadFrame,
    Connection,
    Fact,
    Notice,
    Options,
    Reading,
    Subscription,
)
from ingest.formats import finnhub
from ingest.formats.events import Event
from ingest.formats.fields import Payload
from ingest.formats.instrument import Instrument
from ingest.kafka.producer import OutgoingMessage

URL = "wss://ws.finnhub.io"
MILLISECOND = timedelta(milliseconds=1)  # of Finnhub's times: others of the first may have gone by
CRYPTO_VENUES = frozenset(
    {"BINANCE", "BINANCEUS", "BITFINEX", "BITMEX", "BITTREX", "COINBASE", "GEMINI", "HITBTC"}
    | {"HUOBI", "KRAKEN", "KUCOIN", "OKEX", "POLONIEX"}
)


def source(options: Options) -> "Finnhub":
    """Returns the source; raises SettingsError without a token."""
    if not options.token:
        raise SettingsError(
            "finnhub needs a token: set STOCKPULSE_FINNHUB_TOKEN, or STOCKPULSE_FINNHUB_TOKEN_FILE"
            " to a file with it"
        )
    return Finnhub(options.url or URL, options.token)


class Finnhub:
    """Finnhub's feed; a key may have one connection."""

    name: ClassVar[str] = "finnhub"
    idle_seconds = 150.0  # pings come once a minute
    acknowledges = False

    def __init__(self, url: str, token: str) -> None:
        self._url = f"{url}{'&' if '?' in url else '?'}token={quote(token, safe='')}"
        self._served: set[str] = set()  # symbols of which this connection has sent a trade

    def subscriptions(self, options: Options) -> list[Subscription]:
        """Returns the trades of symbols; raises UsageError if quotes are asked for."""
        if options.quotes:
            raise UsageError("finnhub has no quotes, only trades")
        names = dict.fromkeys(name.strip() for name in options.symbols)
        return [
            Subscription(name, "trade", name, instrument_of(name))
            for name in names
            if name and options.trades
        ]

    def connect(self) -> AbstractAsyncContextManager[Connection]:
        """Opens a connection; a token that is refused is an answer to this."""
        return websocket.connect(self._url, "Finnhub")

    async def subscribe(
        self, connection: Connection, subscriptions: Sequence[Subscription]
    ) -> None:
        """Asks for one symbol after the other; there is no answer."""
        self._served.clear()
        for one in subscriptions:
            request = {"type": "subscribe", "symbol": one.name}
            await connection.send(msgspec.json.encode(request).decode())

    def read(self, frame: bytes, received_at: datetime) -> Reading:
        """Returns the trades of a frame; raises BadFrame.

        A symbol is served from behind its first trade on: those beyond the limit of a plan stay
        silent. That trade may be an old one, reported late, of which others have gone by.
        """
        content = object_of(frame)
        if not isinstance(content.get("type"), str):
            raise BadFrame("not an object with a type")
        if content["type"] == "error":
            return Reading(facts=[Notice(str(content.get("msg")))])
        if content["type"] != "trade":
            return Reading()  # a ping, or news
        if not isinstance(content.get("data"), list):
            raise BadFrame("data is no list")
        trades, fault = events_of(finnhub, content["data"], _within)
        return self._reading(trades, received_at, fault)

    def _reading(self, trades: Sequence[Event], received_at: datetime, fault: str) -> Reading:
        messages: list[OutgoingMessage] = []
        facts: list[Fact] = []
        for trade in trades:
            messages.append(message(trade, received_at))
            if trade.symbol not in self._served:
                self._served.add(trade.symbol)
                since = max(time_of(trade) + MILLISECOND, received_at)
                facts.append(Acknowledged(trade.symbol, "trade", since))
        newest = max(map(time_of, trades), default=None)
        return Reading(messages, newest, facts, fault=fault)


def instrument_of(symbol: str) -> Instrument | None:
    """Returns what a symbol tells of its instrument, None if that is not certain."""
    venue, colon, code = symbol.rpartition(":")
    if not colon:
        return instruments.us_share(code)
    if venue in CRYPTO_VENUES:
        return instruments.crypto()
    base, _, quote_ = code.replace("_", "/").partition("/")
    return instruments.fx(base, quote_)


def _within(items: list[Any]) -> Payload:
    """Returns items as a frame, in which they get their ids from each other."""
    return {"type": "trade", "data": items}
