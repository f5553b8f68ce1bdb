"""Bybit, spot: trades, whose ids are in no sequence, and the best bid and ask.

https://bybit-exchange.github.io/docs/v5/ws/connect
"""

import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import ClassVar

import msgspec

from ingest.feed import pairs, requests, websocket
from ingest.feed.decoded import events_of, object_of
from ingest.feed.history import History
from ingest.feed.readings import reading_of
from ingest.feed.source import (
    Acknowledged,
    BadFrame,
    Connection,
    Fact,
    Notice,
    Options,
    Ping,
    Reading,
    Refused,
    Subscription,
)
from ingest.formats import bybit
from ingest.formats.events import Kind
from ingest.formats.fields import Payload
from ingest.sources.bybit import history

URL = "wss://stream.bybit.com/v5/public/spot"
OTHER_MARKETS = ("/linear", "/inverse", "/option", "/spread", "testnet.")
VENUE = "BYBIT"
HISTORY = History(history.URL, history.PAUSE_SECONDS, {"trade": history.trades})
TOPICS: dict[Kind, str] = {"trade": "publicTrade", "quote": "orderbook.1"}
TOPIC = re.compile(r"(?:publicTrade|orderbook\.1)\.\w+")
# Nothing comes of a pair that is not traded: trades of this one show that they would.
BEACON = Subscription(f"{VENUE}:BTCUSDT", "trade", "BTCUSDT")
PAUSE_SECONDS = 0.02  # between requests


def source(options: Options) -> "Bybit":
    """Returns the source; it needs no token. Raises UsageError."""
    pairs.check_market(options.url, OTHER_MARKETS, "bybit")
    return Bybit(options.url or URL)


class Bybit:
    """Bybit's public feed of the spot market."""

    name: ClassVar[str] = "bybit"
    idle_seconds = 60.0
    acknowledges = True
    ping = Ping('{"op":"ping"}', 20.0)

    def __init__(self, url: str) -> None:
        self._url = url
        self._asked: dict[str, Subscription] = {}  # by topic
        self._updates: dict[str, int] = {}  # number of the last quote, by topic

    def subscriptions(self, options: Options) -> list[Subscription]:
        """Returns trades and quotes of pairs like BTCUSDT; raises UsageError."""
        return pairs.subscriptions(options, VENUE, "", "BTCUSDT")

    def connect(self) -> AbstractAsyncContextManager[Connection]:
        """Opens a connection."""
        return websocket.connect(self._url, "Bybit")

    async def subscribe(
        self, connection: Connection, subscriptions: Sequence[Subscription]
    ) -> None:
        """Asks for one topic per request: an answer that refuses one refuses a whole request."""
        self._updates.clear()
        self._asked = {_topic(one): one for one in subscriptions}
        wanted = [
            {"op": "subscribe", "args": [topic], "req_id": topic}
            for topic in dict.fromkeys([*self._asked, _topic(BEACON)])
        ]
        await requests.send(connection, wanted, PAUSE_SECONDS)

    def read(self, frame: bytes, received_at: datetime) -> Reading:
        """Returns the trades or the quote of a frame, or an answer; raises BadFrame."""
        content = object_of(frame)
        topic = content.get("topic")
        if isinstance(topic, str):
            if topic.startswith("publicTrade."):
                return self._trades(topic, content, received_at)
            return self._quote(topic, content, received_at) if topic in self._asked else Reading()
        if content.get("op") in ("ping", "pong"):
            return Reading(is_alive=False)
        if "success" not in content:
            raise BadFrame("an object without a topic")
        return Reading(facts=self._answer(content))

    def _trades(self, topic: str, frame: Payload, received_at: datetime) -> Reading:
        if not isinstance(frame.get("data"), list):
            raise BadFrame("data is no list")
        events, fault = events_of(bybit, frame["data"], lambda some: frame | {"data": some})
        reading = reading_of(events, received_at, fault)
        return reading if topic in self._asked else msgspec.structs.replace(reading, messages=())

    def _quote(self, topic: str, frame: Payload, received_at: datetime) -> Reading:
        """Returns a quote, but not again the last one, which comes every three seconds."""
        data = frame.get("data")
        number = data.get("u") if isinstance(data, dict) else None
        if number is not None and number == self._updates.get(topic):
            return Reading()
        events, fault = events_of(bybit, [data], lambda some: frame | {"data": some[0]})
        if isinstance(number, int) and not fault:
            self._updates[topic] = number
        return reading_of(events, received_at, fault)

    def _answer(self, answer: Payload) -> list[Fact]:
        reason = str(answer.get("ret_msg"))
        named = [str(answer.get("req_id")), *TOPIC.findall(reason)]
        asked = [self._asked[topic] for topic in named if topic in self._asked][:1]
        if answer["success"] is True:
            return [Acknowledged(one.symbol, one.kind) for one in asked]
        refused: list[Fact] = [Refused(one.symbol, one.kind, reason) for one in asked]
        return refused or [Notice(reason)]


def _topic(one: Subscription) -> str:
    return f"{TOPICS[one.kind]}.{one.name}"
