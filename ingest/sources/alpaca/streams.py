"""One of Alpaca's streams: trades, quotes, corrections and cancels, in lists of messages.

https://docs.alpaca.markets/docs/streaming-market-data
"""

from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, ClassVar

import msgspec

from ingest.feed import native, native_amendments, websocket
from ingest.feed.decoded import json_of
from ingest.feed.pinged import PONG, Pinged
from ingest.feed.source import (
    Acknowledged,
    BadFrame,
    Connection,
    Fact,
    Goodbye,
    Notice,
    Options,
    Reading,
    Refused,
    Subscription,
)
from ingest.formats import alpaca
from ingest.formats.amendments import Cancel, Correction
from ingest.formats.events import Event, Kind, Quote, Trade
from ingest.formats.fields import Malformed, Payload
from ingest.kafka.producer import OutgoingMessage
from ingest.sources.alpaca.events import event_of, symbol_of
from ingest.sources.alpaca.login import error_of, key_of, login

HOST = "wss://stream.data.alpaca.markets"
CHANNELS: dict[Kind, str] = {"trade": "trades", "quote": "quotes"}
SYMBOLS_PER_REQUEST = 500
PING_SECONDS = 5.0
# Errors about a request; it is refused as a whole, and the connection stays.
REQUEST_REFUSED = {400: "", 405: ": the plan allows fewer symbols", 409: "", 410: ""}
OTHERS_ARE_NOTICES = {403}  # authenticated already
MARGIN = timedelta(minutes=1)  # by which a delay may be longer or shorter than it is said to be

Series = tuple[str, Kind]


class Alpaca:
    """A stream, by the path of its address; what it sends is `delay` old."""

    name: ClassVar[str] = alpaca.SOURCE
    idle_seconds = 30.0  # without a pong, as markets may be quiet
    acknowledges = True

    def __init__(
        self,
        path: str,
        options: Options,
        subscriptions: Sequence[Subscription],
        delay: timedelta | None = None,
    ) -> None:
        self._url = f"{(options.url or HOST).rstrip('/')}{path}"
        self._key = key_of(options.token)
        self._subscriptions = list(subscriptions)
        self._delay = delay
        if delay is not None:
            self.lag_seconds = (delay + MARGIN).total_seconds()
        # Whoever sets the longest silence knows that the symbols are never quiet for so long.
        self._pings = options.idle_seconds is None
        self._requests: deque[list[Subscription]] = deque()  # that are not answered
        self._served: set[Series] = set()

    def subscriptions(self, options: Options) -> list[Subscription]:  # noqa: ARG002
        """Returns what the options ask for."""
        return self._subscriptions

    def connect(self) -> AbstractAsyncContextManager[Connection]:
        """Opens a connection and logs in."""
        return self._connect()

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[Connection]:
        async with websocket.connect(self._url, "Alpaca") as connection:
            await login(connection, self._key)
            yield Pinged(connection, PING_SECONDS) if self._pings else connection

    async def subscribe(
        self, connection: Connection, subscriptions: Sequence[Subscription]
    ) -> None:
        """Asks for trades and quotes in requests of up to SYMBOLS_PER_REQUEST symbols."""
        self._served.clear()
        self._requests.clear()
        for kind, channel in CHANNELS.items():
            asked = iter([one for one in subscriptions if one.kind == kind])
            while part := list(islice(asked, SYMBOLS_PER_REQUEST)):
                self._requests.append(part)
                request = {"action": "subscribe", channel: [one.name for one in part]}
                await connection.send(msgspec.json.encode(request).decode())

    def read(self, frame: bytes, received_at: datetime) -> Reading:
        """Returns the events of a frame; raises BadFrame."""
        if frame is PONG:
            return Reading()
        items = json_of(frame)
        if not isinstance(items, list):
            raise BadFrame("it is not a list")
        messages: list[OutgoingMessage] = []
        facts: list[Fact] = []
        events: list[Event] = []
        fault = ""
        for item in items:
            try:
                found = self._item(item, received_at)
                if isinstance(found, Trade | Quote):
                    messages.append(native.message(found, received_at))
                    events.append(found)
                elif isinstance(found, Correction | Cancel):
                    messages.append(native_amendments.message(found, received_at))
                else:
                    facts += found
            except (Malformed, RecursionError) as error:
                fault = str(error)
        newest = max(map(native.time_of, events), default=None)
        return Reading(messages, newest, facts, fault=fault)

    def _item(
        self, item: Any, received_at: datetime
    ) -> Event | Correction | Cancel | Sequence[Fact]:
        """Returns the event or amendment, or the facts of an item; raises Malformed."""
        type_ = item.get("T") if isinstance(item, dict) else None
        if not isinstance(type_, str):
            raise Malformed("unknown format", "an item is no message with a type T")
        if type_ in alpaca.KEYS:
            return event_of(item)
        if type_ == "subscription":
            return self._answer(item, received_at)
        return self._error(item) if type_ == "error" else ()

    def _answer(self, item: Payload, received_at: datetime) -> Sequence[Fact]:
        """Takes the full set of subscriptions, as Alpaca answers each request with it."""
        listed = _listed(item)
        since = None if self._delay is None else received_at - self._delay + MARGIN
        answered = self._requests.popleft() if self._requests else []
        facts: list[Fact] = []
        for symbol, kind in sorted(listed - self._served):
            facts.append(Acknowledged(symbol, kind, since))
        asked = self._served | {(one.symbol, one.kind) for one in answered}
        for symbol, kind in sorted(asked - listed):
            facts.append(Refused(symbol, kind, "Alpaca's list of subscriptions is without it"))
        self._served = listed
        return facts

    def _error(self, item: Payload) -> Sequence[Fact]:
        code, text = error_of(item)
        if code in REQUEST_REFUSED and self._requests:
            reason = f"{text}{REQUEST_REFUSED[code]}"
            return [Refused(*one[:2], reason) for one in self._requests.popleft()]
        return [Notice(text) if code in OTHERS_ARE_NOTICES else Goodbye(text)]


def _listed(item: Mapping[str, Any]) -> set[Series]:
    listed: set[Series] = set()
    for kind, channel in CHANNELS.items():
        names = item.get(channel) or []
        if not isinstance(names, list):
            raise Malformed("wrong type", f"{channel} is no list of symbols")
        listed |= {(symbol_of(name), kind) for name in names if isinstance(name, str)}
    return listed
