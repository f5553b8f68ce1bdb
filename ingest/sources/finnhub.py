"""Finnhub's WebSocket: trades without ids, of stocks, crypto and FX; nothing can be filled.

https://finnhub.io/docs/api/websocket-trades
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec
from msgspec import UNSET

from db.errors import SettingsError, UsageError
from ingest.feed import instruments, websocket
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
from ingest.formats import finnhub, payload
from ingest.formats.events import Ignored, Trade
from ingest.formats.fields import Malformed
from ingest.formats.instrument import Instrument
from ingest.formats.native_message import TickMessage, encode
from ingest.formats.times import EPOCH, MICROSECOND
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
        try:
            content = payload.read(frame or b" ")
        except (Malformed, RecursionError) as error:
            raise BadFrame(str(error)) from None
        if not isinstance(content, dict) or not isinstance(content.get("type"), str):
            raise BadFrame("not an object with a type")
        if content["type"] == "error":
            return Reading(facts=[Notice(str(content.get("msg")))])
        if content["type"] != "trade":
            return Reading()  # a ping, or news
        if not isinstance(content.get("data"), list):
            raise BadFrame("data is no list")
        trades, fault = _trades(content["data"])
        return self._reading(trades, received_at, fault)

    def _reading(self, trades: Sequence[Trade], received_at: datetime, fault: str) -> Reading:
        messages: list[OutgoingMessage] = []
        facts: list[Fact] = []
        for trade in trades:
            messages.append(OutgoingMessage(trade.symbol, _message(trade, received_at)))
            if trade.symbol not in self._served:
                self._served.add(trade.symbol)
                since = max(_time(trade) + MILLISECOND, received_at)
                facts.append(Acknowledged(trade.symbol, "trade", since))
        newest = max(map(_time, trades), default=None)
        return Reading(messages, newest, facts, fault=fault)


def instrument_of(symbol: str) -> Instrument | None:
    """Returns what a symbol tells of its instrument, None if that is not certain."""
    venue, colon, code = symbol.rpartition(":")
    if not colon:
        return instruments.us_share(code)
    if venue in CRYPTO_VENUES:
        return Instrument("crypto", calendar="24/7")
    base, _, quote_ = code.replace("_", "/").partition("/")
    return instruments.fx(base, quote_)


def _trades(items: list[Any]) -> tuple[list[Trade], str]:
    """Returns the trades of a frame as the loader reads them, and what is wrong with a bad item."""
    good, fault = [], ""
    for item in items:
        try:
            _decode([item])
        except Malformed as error:
            fault = str(error)
        else:
            good.append(item)
    return _decode(good), fault


def _decode(items: list[Any]) -> list[Trade]:
    """Returns the trades of items, which get their ids from each other; raises Malformed."""
    frame = {"type": "trade", "data": items}
    if not finnhub.recognises(frame):
        raise Malformed("unknown format", "an item is not a trade with s, p and t")
    found = finnhub.decode(frame, None)
    return [] if isinstance(found, Ignored) else [one for one in found if isinstance(one, Trade)]


def _time(trade: Trade) -> datetime:
    return EPOCH + trade.us * MICROSECOND


def _message(trade: Trade, received_at: datetime) -> bytes:
    """Returns a trade; of one without a volume, a change of price, nothing counts as volume."""
    return encode(
        TickMessage(
            kind="trade",
            source=Finnhub.name,
            symbol=trade.symbol,
            event_time=_time(trade),
            received_at=received_at,
            price=format(trade.price, "f"),
            size=UNSET if trade.size is None else format(trade.size, "f"),
            seq=UNSET if trade.seq is None else trade.seq,
            dedupe_id=trade.tick_id or "",
            conditions=trade.conditions or UNSET,
            flags=("no_size",) if trade.size is None else UNSET,
        )
    )
