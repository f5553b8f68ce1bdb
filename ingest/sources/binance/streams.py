"""Binance's raw streams: one frame per event, answers that cover a whole request."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from itertools import count
from typing import Any

import msgspec

from ingest.feed import pairs, requests, websocket
from ingest.feed.decoded import events_of, object_of
from ingest.feed.readings import reading_of
from ingest.feed.source import (
    Acknowledged,
    BadFrame,
    Connection,
    Fact,
    Goodbye,
    Notice,
    Options,
    Ping,
    Reading,
    Refused,
    Subscription,
)
from ingest.feed.trade_ids import TradeIds
from ingest.formats import binance
from ingest.formats.events import Kind
from ingest.formats.fields import Payload
from ingest.formats.times import rfc3339

URL = "wss://data-stream.binance.vision/ws"  # market data only, for everyone
VENUE = "BINANCE"
MOST_STREAMS = 1024  # per connection
STREAMS_PER_REQUEST = 200
PAUSE_SECONDS = 0.3  # between requests: five messages a second end a connection, pongs are some
PING_NUMBER = 0
# A pair may not be traded for hours. The answer shows that the streams are still served.
PING = Ping(f'{{"method":"LIST_SUBSCRIPTIONS","id":{PING_NUMBER}}}', 20.0)


class Binance:
    """A feed of some of Binance's streams."""

    idle_seconds = 60.0  # the answers to pings come every 20 s
    acknowledges = True
    ping = PING

    def __init__(self, name: str, streams: Mapping[Kind, str], url: str) -> None:
        self.name = name
        self._streams = streams
        self._types = set(streams.values())
        self._url = url
        self._ids = TradeIds()
        self._requests = count(PING_NUMBER + 1)
        self._asked: dict[int, list[Subscription]] = {}  # by the number of the request

    def subscriptions(self, options: Options) -> list[Subscription]:
        """Returns trades and quotes of pairs like BTCUSDT; raises UsageError."""
        if "quote" not in self._streams:
            pairs.without("quote", options, self.name, "take those of binance")
        return pairs.subscriptions(options, VENUE, "", "BTCUSDT", MOST_STREAMS)

    def connect(self) -> AbstractAsyncContextManager[Connection]:
        """Opens a connection."""
        return websocket.connect(self._url, "Binance")

    async def subscribe(
        self, connection: Connection, subscriptions: Sequence[Subscription]
    ) -> None:
        """Asks for STREAMS_PER_REQUEST streams at a time."""
        self._ids.connect(one.symbol for one in subscriptions if one.kind == "trade")
        self._asked.clear()
        for at in range(0, len(subscriptions), STREAMS_PER_REQUEST):
            self._asked[next(self._requests)] = [*subscriptions[at : at + STREAMS_PER_REQUEST]]
        wanted = [
            {"method": "SUBSCRIBE", "params": [self._stream(one) for one in some], "id": number}
            for number, some in self._asked.items()
        ]
        await requests.send(connection, wanted, PAUSE_SECONDS)

    def _stream(self, one: Subscription) -> str:
        return f"{one.name.lower()}@{self._streams[one.kind]}"

    def read(self, frame: bytes, received_at: datetime) -> Reading:
        """Returns the event of a frame, or an answer; raises BadFrame."""
        content = object_of(frame)
        if "id" in content or "error" in content or "code" in content:
            return Reading(facts=self._answer(content))
        event = content["data"] if isinstance(content.get("data"), dict) else content
        type_ = event.get("e", "bookTicker" if "u" in event else None)
        if type_ is None:
            raise BadFrame("an object without a type")
        if type_ == "serverShutdown":
            return Reading(facts=[Goodbye("the venue shuts this server down")])
        if type_ not in self._types:
            return Reading()
        read = self._quote if type_ == "bookTicker" else self._trade
        return read(event, received_at)

    def _trade(self, event: Payload, received_at: datetime) -> Reading:
        events, fault = events_of(binance, [event], _alone)
        return reading_of(events, received_at, fault, ids=self._ids)

    def _quote(self, event: Payload, received_at: datetime) -> Reading:
        """Returns a quote, which has the time of its receipt as it names none."""
        timed = event if "T" in event or "E" in event else event | {"E": rfc3339(received_at)}
        events, fault = events_of(binance, [timed], _alone)
        reading = reading_of(
            events, received_at, fault, flags=() if timed is event else ("recv_time",)
        )
        return reading if timed is event else msgspec.structs.replace(reading, newest=None)

    def _answer(self, answer: Payload) -> list[Fact]:
        """Returns what an answer says about its request; null is the answer to a good one."""
        number = answer.get("id")
        if number == PING_NUMBER:
            return []
        asked = self._asked.get(number, []) if isinstance(number, int) else []
        error = answer.get("error", answer if "code" in answer else None)
        if error is None:
            return [Acknowledged(one.symbol, one.kind) for one in asked]
        reason = str(error.get("msg") if isinstance(error, dict) else error)
        return [Refused(one.symbol, one.kind, reason) for one in asked] or [Notice(reason)]


def _alone(items: list[Any]) -> Payload:
    """Returns the only item: a frame has one event."""
    found: Payload = items[0]
    return found
