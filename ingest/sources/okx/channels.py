"""OKX's channels: one answer per subscription, and a "ping" as plain text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
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
from ingest.formats import okx
from ingest.formats.events import Kind
from ingest.formats.fields import Malformed, Payload, whole_number

VENUE = "OKX"
OTHER_MARKETS = ("wspap.",)  # demo trading
MOST_REQUESTS = 470  # per connection and hour: 480, of which one is for BEACON
PAUSE_SECONDS = 0.02  # between requests
NAMED = re.compile(r"channel:([\w-]+),\s*instId:([\w-]+)")  # by the text of a refusal
# Nothing comes of a pair that is not traded: trades of this one show that they would.
BEACON = "BTC-USDT"
UPGRADE = "64008"  # code of the notice that the connection ends within a minute


class Okx:
    """A feed of some of OKX's channels."""

    idle_seconds = 60.0
    acknowledges = True
    ping = Ping("ping", 20.0)  # the venue hangs up after 30 s without anything to send

    def __init__(self, name: str, channels: Mapping[Kind, str], url: str) -> None:
        pairs.check_market(url, OTHER_MARKETS, name)
        self.name = name
        self._channels = channels
        self._url = url
        self._ids = TradeIds()
        self._asked: dict[tuple[str, str], Subscription] = {}  # by channel and pair
        self._requests: dict[str, tuple[str, str]] = {}  # the same by the id of the request

    def subscriptions(self, options: Options) -> list[Subscription]:
        """Returns trades and quotes of pairs like BTC-USDT; raises UsageError."""
        if "quote" not in self._channels:
            pairs.without("quote", options, self.name, "take those of okx")
        return pairs.subscriptions(options, VENUE, "-", "BTC-USDT", MOST_REQUESTS)

    def connect(self) -> AbstractAsyncContextManager[Connection]:
        """Opens a connection."""
        return websocket.connect(self._url, "OKX")

    async def subscribe(
        self, connection: Connection, subscriptions: Sequence[Subscription]
    ) -> None:
        """Asks for one channel of a pair per request, whose id a refusal repeats."""
        self._ids.connect(one.symbol for one in subscriptions if one.kind == "trade")
        self._asked = {(self._channels[one.kind], one.name): one for one in subscriptions}
        wanted = dict.fromkeys([*self._asked, (self._channels["trade"], BEACON)])
        self._requests = {str(number): one for number, one in enumerate(wanted, 1)}
        texts = [
            {"id": id_, "op": "subscribe", "args": [{"channel": channel, "instId": name}]}
            for id_, (channel, name) in self._requests.items()
        ]
        await requests.send(connection, texts, PAUSE_SECONDS)

    def read(self, frame: bytes, received_at: datetime) -> Reading:
        """Returns the trades or quotes of a frame, or an answer; raises BadFrame."""
        if frame == b"pong":
            return Reading(is_alive=False)
        content = object_of(frame)
        if isinstance(content.get("event"), str):
            return Reading(facts=self._answer(content))
        arg, data = content.get("arg"), content.get("data")
        if not isinstance(arg, dict) or not isinstance(data, list):
            raise BadFrame("an object without an event, and without arg and data")
        if arg.get("channel") not in self._channels.values():
            return Reading()
        events, fault = events_of(okx, data, lambda some: {"arg": arg, "data": some})
        if (str(arg["channel"]), str(arg.get("instId"))) not in self._asked:
            return msgspec.structs.replace(reading_of(events, received_at, fault), messages=())
        firsts = dict(_firsts(data)) if arg["channel"] == "trades" else None
        return reading_of(events, received_at, fault, ids=self._ids, firsts=firsts)

    def _answer(self, answer: Payload) -> list[Fact]:
        event, reason = answer["event"], str(answer.get("msg"))
        arg: Any = answer.get("arg") if isinstance(answer.get("arg"), dict) else {}
        one = self._asked.get((str(arg.get("channel")), str(arg.get("instId"))))
        if event == "subscribe" and one is not None:
            return [Acknowledged(one.symbol, one.kind)]
        if event == "notice":
            is_end = answer.get("code") == UPGRADE
            return [Goodbye(reason) if is_end else Notice(reason)]
        return self._refusal(answer, reason) if "error" in event else []

    def _refusal(self, answer: Payload, reason: str) -> list[Fact]:
        """Returns the subscription that an error is about, by its id or else by its text."""
        named = self._requests.get(str(answer.get("id")))
        if named is None and (found := NAMED.search(reason)):
            named = found[1], found[2]
        one = None if named is None else self._asked.get(named)
        return [Notice(reason) if one is None else Refused(one.symbol, one.kind, reason)]


def _firsts(items: Sequence[Any]) -> Iterator[tuple[str, int]]:
    """Yields the id of each trade with the first of those that it joins; its id is the last."""
    for item in items:
        try:
            last, joined = whole_number(item, "tradeId"), whole_number(item, "count")
        except (AttributeError, Malformed):
            continue
        if last is not None and joined:
            yield str(item["tradeId"]), last - joined + 1
