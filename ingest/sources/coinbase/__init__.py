"""Coinbase's Advanced Trade: trades, which have ids in sequence, and the best bid and ask.

https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-channels
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, ClassVar

from db.errors import UsageError
from ingest.feed import pairs, requests, websocket
from ingest.feed.decoded import events_of, object_of
from ingest.feed.frames import time_of
from ingest.feed.history import History
from ingest.feed.readings import joined, reading_of
from ingest.feed.source import (
    Acknowledged,
    BadFrame,
    Connection,
    Fact,
    Missed,
    Notice,
    Options,
    Reading,
    Refused,
    Subscription,
)
from ingest.feed.trade_ids import TradeIds
from ingest.formats import coinbase
from ingest.formats.events import Kind
from ingest.formats.fields import Payload
from ingest.sources.coinbase import history

URL = "wss://advanced-trade-ws.coinbase.com"
VENUE = "COINBASE"
HISTORY = History(history.URL, history.PAUSE_SECONDS, {"trade": history.trades})
CHANNELS: dict[Kind, str] = {"trade": "market_trades", "quote": "ticker"}
LISTS = {"market_trades": "trades", "ticker": "tickers"}
PRODUCTS_PER_REQUEST = 50
PAUSE_SECONDS = 0.15  # between requests: eight a second are taken
LONGEST_ANSWER = timedelta(seconds=10)  # on its way; a wrong clock must not claim the past


def source(options: Options) -> "Coinbase":
    """Returns the source; it needs no token."""
    return Coinbase(options.url or URL)


class Coinbase:
    """Coinbase's public feed."""

    name: ClassVar[str] = "coinbase"
    idle_seconds = 10.0  # heartbeats come once a second
    acknowledges = True

    def __init__(self, url: str) -> None:
        self._url = url
        self._ids = TradeIds()
        self._served: set[tuple[str, Kind]] = set()
        self._asked: list[Subscription] = []
        self._last: tuple[int, datetime] | None = None  # number and time of the last frame

    def subscriptions(self, options: Options) -> list[Subscription]:
        """Returns trades and quotes of pairs like BTC-USD; raises UsageError."""
        found = pairs.subscriptions(options, VENUE, "-", "BTC-USD")
        for one in found:
            base, _, quote = one.name.partition("-")
            if quote == "USDC" and base not in ("USDT", "EURC"):
                raise UsageError(f"coinbase: {one.name} has the trades of {base}-USD: ask for that")
        return found

    def connect(self) -> AbstractAsyncContextManager[Connection]:
        """Opens a connection."""
        return websocket.connect(self._url, "Coinbase")

    async def subscribe(
        self, connection: Connection, subscriptions: Sequence[Subscription]
    ) -> None:
        """Asks for heartbeats, then for each channel with PRODUCTS_PER_REQUEST at a time."""
        self._ids.connect(one.symbol for one in subscriptions if one.kind == "trade")
        self._asked, self._last = list(subscriptions), None
        self._served.clear()
        wanted: list[dict[str, Any]] = [{"type": "subscribe", "channel": "heartbeats"}]
        for kind, channel in CHANNELS.items():
            names = [one.name for one in subscriptions if one.kind == kind]
            wanted += [
                {"type": "subscribe", "product_ids": part, "channel": channel}
                for part in requests.parts(names, PRODUCTS_PER_REQUEST)
            ]
        await requests.send(connection, wanted, PAUSE_SECONDS)

    def read(self, frame: bytes, received_at: datetime) -> Reading:
        """Returns the trades, quotes and facts of a frame; raises BadFrame."""
        content = object_of(frame)
        if content.get("type") == "error":
            texts = [content[key] for key in ("message", "reason") if content.get(key)]
            return Reading(facts=self._refusals(": ".join(map(str, texts))))
        channel, events = content.get("channel"), content.get("events")
        if not isinstance(channel, str) or not isinstance(events, list):
            raise BadFrame("an object without a channel and events")
        sent_at = _sent_at(content, received_at)
        facts = self._lost(content.get("sequence_num"), sent_at)
        if channel == "subscriptions":
            facts += self._answer(events, sent_at)
        if channel not in LISTS:
            return Reading(facts=facts)
        readings = [self._event(one, channel, content, received_at) for one in events]
        return joined([Reading(facts=facts), *readings])

    def _event(self, event: object, channel: str, frame: Payload, received_at: datetime) -> Reading:
        name = LISTS[channel]
        items = event.get(name) if isinstance(event, dict) else None
        if not isinstance(event, dict) or not isinstance(items, list):
            return Reading(fault=f"an event of {channel} has no list of {name}")
        events, fault = events_of(coinbase, items, lambda some: frame | {"events": [{name: some}]})
        is_snapshot = event.get("type") == "snapshot"
        ids = self._ids if channel == "market_trades" else None
        return reading_of(events, received_at, fault, ids=ids, is_snapshot=is_snapshot)

    def _answer(self, events: list[Any], since: datetime) -> list[Fact]:
        """Returns what is served since this answer: each names all subscriptions so far."""
        asked = {(one.symbol, one.kind) for one in self._asked}
        named = {(f"{VENUE}:{name}", kind) for event in events for name, kind in _subscribed(event)}
        found = named & asked
        new, self._served = sorted(found - self._served), self._served | found
        return [Acknowledged(symbol, kind, since) for symbol, kind in new]

    def _lost(self, number: object, time: datetime) -> list[Fact]:
        """Returns what the number of a frame tells about frames before it.

        The ids of trades tell which are missing; quotes have none.
        """
        if not isinstance(number, int) or isinstance(number, bool):
            return []
        last = self._last
        if last is not None and number <= last[0]:
            return []
        self._last = number, time
        if last is None or number == last[0] + 1:
            return []
        since, until = sorted((last[1], time))
        quotes = [symbol for symbol, kind in sorted(self._served) if kind == "quote"]
        return [Missed(symbol, "quote", since, until) for symbol in quotes]

    def _refusals(self, reason: str) -> list[Fact]:
        """Returns the subscriptions that an error names, else the error for people."""
        words = set(reason.replace(",", " ").replace('"', " ").split())
        return [
            Refused(one.symbol, one.kind, reason)
            for one in self._asked
            if one.name in words and (one.symbol, one.kind) not in self._served
        ] or [Notice(reason)]


def _sent_at(frame: Payload, received_at: datetime) -> datetime:
    """Returns when a frame was sent, as far as the venue's clock can be believed."""
    try:
        time = time_of(str(frame.get("timestamp")))
    except BadFrame:
        return received_at
    return min(max(time, received_at - LONGEST_ANSWER), received_at)


def _subscribed(event: object) -> Iterator[tuple[str, Kind]]:
    """Yields the products and kinds of an answer."""
    channels = event.get("subscriptions") if isinstance(event, dict) else None
    for kind, channel in CHANNELS.items():
        names = channels.get(channel) if isinstance(channels, dict) else None
        for name in names if isinstance(names, list) else ():
            yield str(name), kind
