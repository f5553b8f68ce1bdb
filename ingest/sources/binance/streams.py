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
from ingest.formats.events import Event, Kind
from ingest.formats.fields import Payload
from ingest.formats.times import rfc3339

URL = "wss://data-stream.binance.vision/ws"  # market data only, for everyone
OTHER_MARKETS = ("fstream.", "dstream.", "testnet.", "binance.us")
VENUE = "BINANCE"
MOST_STREAMS = 1024  # per connection
STREAMS_PER_REQUEST = 200
PAUSE_SECONDS = 0.3  # between requests: five messages a second end a connection, pongs are some
PING_NUMBER = 0
# A pair may not be traded for hours. The answer shows that streams are still served; but it has
# pairs that do not exist too, as any is accepted.
QUIET_PINGS = 15  # after which pairs without an event are named, once
PING = Ping(f'{{"method":"LIST_SUBSCRIPTIONS","id":{PING_NUMBER}}}', 20.0)


Series = tuple[str, Kind]


class Binance:
    """A feed of some of Binance's streams."""

    idle_seconds = 60.0  # the answers to pings come every 20 s
    acknowledges = False  # of pairs that do not exist too, so it says nothing
    ping = PING

    def __init__(self, name: str, streams: Mapping[Kind, str], url: str) -> None:
        self.name = name
        self._streams = streams
        self._types = set(streams.values())
        pairs.check_market(url, OTHER_MARKETS, name)
        self._url = url
        self._ids = TradeIds()
        self._requests = count(PING_NUMBER + 1)
        self._asked: dict[int, list[Subscription]] = {}  # by the number of the request
        self._quiet: set[Series] = set()  # without an event on this connection
        self._pings = 0  # answers
        self._updates: dict[str, int] = {}  # number of the last quote, by symbol

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
        self._quiet, self._pings = {(one.symbol, one.kind) for one in subscriptions}, 0
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
            # an empty list of streams, or an error instead of it, shows that nothing would come
            is_alive = content.get("id") != PING_NUMBER or bool(content.get("result"))
            return Reading(facts=self._answer(content), is_alive=is_alive)
        event = content["data"] if isinstance(content.get("data"), dict) else content
        type_ = event.get("e", "bookTicker" if "u" in event else None)
        if not isinstance(type_, str):
            raise BadFrame("an object without a type")
        if type_ == "serverShutdown":
            return Reading(facts=[Goodbye("the venue shuts this server down")])
        if type_ not in self._types:
            return Reading()
        read = self._quote if type_ == "bookTicker" else self._trade
        return read(event, received_at)

    def _trade(self, event: Payload, received_at: datetime) -> Reading:
        events, fault = events_of(binance, [event], _alone)
        reading = reading_of(events, received_at, fault, ids=self._ids)
        return self._served(events, "trade", reading, received_at)

    def _quote(self, event: Payload, received_at: datetime) -> Reading:
        """Returns a quote, but not the last one again.

        It names no time: it has that of its receipt, which says nothing about its age.
        """
        events, fault = events_of(binance, [event | {"E": rfc3339(received_at)}], _alone)
        new = [one for one in events if self._updates.get(one.symbol) != one.seq]
        self._updates |= {one.symbol: one.seq for one in new if one.seq is not None}
        reading = reading_of(new, received_at, fault, flags=("recv_time",))
        reading = msgspec.structs.replace(reading, newest=None)
        return self._served(events, "quote", reading, received_at)

    def _served(
        self, events: Sequence[Event], kind: Kind, reading: Reading, received_at: datetime
    ) -> Reading:
        """Adds that a series is served, once it has an event."""
        series = [(one.symbol, kind) for one in events if (one.symbol, kind) in self._quiet]
        if not series:
            return reading
        self._quiet -= set(series)
        facts = [*(Acknowledged(*one, received_at) for one in series), *reading.facts]
        return msgspec.structs.replace(reading, facts=facts)

    def _answer(self, answer: Payload) -> list[Fact]:
        """Returns what an answer says about its request; null is the answer to any that is JSON."""
        number = answer.get("id")
        if number == PING_NUMBER:
            self._pings += 1
            return self._quiet_pairs() if self._pings == QUIET_PINGS else []
        error = answer.get("error", answer if "code" in answer else None)
        if error is None:
            return []
        asked = self._asked.get(number, []) if isinstance(number, int) else []
        reason = str(error.get("msg") if isinstance(error, dict) else error)
        return [Refused(one.symbol, one.kind, reason) for one in asked] or [Notice(reason)]

    def _quiet_pairs(self) -> list[Fact]:
        names = ", ".join(f"{kind}s of {symbol}" for symbol, kind in sorted(self._quiet))
        return [Notice(f"no {names} yet: does the pair exist?")] if names else []


def _alone(items: list[Any]) -> Payload:
    """Returns the only item: a frame has one event."""
    found: Payload = items[0]
    return found
