"""Kraken, WebSocket v2: trades, which have ids in sequence, and the best bid and ask.

https://docs.kraken.com/api/docs/websocket-v2/trade
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from itertools import count, islice
from typing import ClassVar

import msgspec
from msgspec import UNSET

from ingest.feed import websocket
from ingest.feed.frames import UNREADABLE, good_items, time_of
from ingest.feed.history import History
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
from ingest.feed.trade_ids import TradeIds
from ingest.formats.events import Kind
from ingest.formats.fields import Malformed
from ingest.formats.native_message import encode
from ingest.kafka.producer import OutgoingMessage
from ingest.sources.kraken import history
from ingest.sources.kraken.frames import (
    Answer,
    StatusFrame,
    Ticker,
    TickerFrame,
    Trade,
    TradeFrame,
    answers,
    frames,
    items,
)
from ingest.sources.kraken.ticks import (
    SOURCE,
    checked_symbol,
    instrument_of,
    pair_of,
    quote_message,
    symbol_of,
    trade_message,
)

URL = "wss://ws.kraken.com/v2"
HISTORY = History(history.URL, history.PAUSE_SECONDS, {"trade": history.trades})
CHANNELS: dict[Kind, str] = {"trade": "trade", "quote": "ticker"}
KINDS: dict[str, Kind] = {channel: kind for kind, channel in CHANNELS.items()}
SYMBOLS_PER_REQUEST = 100
LONGEST_ANSWER = timedelta(seconds=10)  # on its way; a wrong clock must not claim the past


def source(options: Options) -> "Kraken":
    """Returns the source; it needs no token."""
    return Kraken(options.url or URL)


class Kraken:
    """Kraken's public feed."""

    name: ClassVar[str] = SOURCE
    idle_seconds = 10.0  # heartbeats come once a second
    acknowledges = True

    def __init__(self, url: str) -> None:
        self._url = url
        self._ids = TradeIds()
        self._requests = count(1)
        self._asked: dict[int, Kind] = {}  # by the number of the request

    def subscriptions(self, options: Options) -> list[Subscription]:
        """Returns trades and quotes of pairs like BTC/USD; raises UsageError."""
        names = dict.fromkeys(map(pair_of, options.symbols))
        return [
            Subscription(symbol_of(name), kind, name, instrument_of(name))
            for name in names
            for kind in options.kinds
        ]

    def connect(self) -> AbstractAsyncContextManager[Connection]:
        """Opens a connection."""
        return websocket.connect(self._url, "Kraken")

    async def subscribe(
        self, connection: Connection, subscriptions: Sequence[Subscription]
    ) -> None:
        """Asks for each channel in requests of up to SYMBOLS_PER_REQUEST symbols."""
        self._ids.connect(one.symbol for one in subscriptions if one.kind == "trade")
        self._asked.clear()
        for kind, channel in CHANNELS.items():
            names = iter([one.name for one in subscriptions if one.kind == kind])
            while part := list(islice(names, SYMBOLS_PER_REQUEST)):
                number = next(self._requests)
                self._asked[number] = kind
                params: dict[str, object] = {"channel": channel, "symbol": part, "snapshot": True}
                if channel == "ticker":
                    params["event_trigger"] = "bbo"
                request = {"method": "subscribe", "params": params, "req_id": number}
                await connection.send(msgspec.json.encode(request).decode())

    def read(self, frame: bytes, received_at: datetime) -> Reading:
        """Returns the trades, quotes and facts of a frame; raises BadFrame."""
        try:
            found = frames.decode(frame)
        except UNREADABLE as error:
            return self._read_other(frame, received_at, str(error))
        if isinstance(found, TradeFrame):
            return self._trades(found.data, found.type == "snapshot", received_at)
        if isinstance(found, TickerFrame):
            return _quotes(found.data, found.type == "snapshot", received_at)
        if isinstance(found, StatusFrame):
            return Reading(facts=_status(found))
        return Reading()

    def _trades(self, trades: Iterable[Trade], is_snapshot: bool, received_at: datetime) -> Reading:
        messages: list[OutgoingMessage] = []
        facts: list[Fact] = []
        newest, fault = None, ""
        flags = ("snapshot",) if is_snapshot else UNSET
        # a live trade with a wrong time must not claim the past
        earliest = None if is_snapshot else received_at - LONGEST_ANSWER
        for trade in trades:
            try:
                symbol = checked_symbol(trade.symbol)
                message = encode(trade_message(trade, symbol, received_at, flags))
                time = time_of(trade.timestamp)
            except (Malformed, BadFrame) as error:
                fault = str(error)
                continue
            newest = time
            if is_snapshot and self._ids.is_known(symbol, trade.trade_id, time):
                continue
            facts += self._ids.follow(symbol, trade.trade_id, time, earliest=earliest)
            messages.append(OutgoingMessage(symbol, message))
        return Reading(messages, None if is_snapshot else newest, facts, fault=fault)

    def _read_other(self, frame: bytes, received_at: datetime, fault: str) -> Reading:
        """Reads an answer, or what can be read of a frame of which a part cannot."""
        try:
            answer = answers.decode(frame)
        except UNREADABLE as error:
            raise BadFrame(str(error)) from None
        if answer.channel in items:
            good, fault = good_items(answer.data, items[answer.channel])
            reading = (self._trades if answer.channel == "trade" else _quotes)(
                good, answer.type == "snapshot", received_at
            )
            return msgspec.structs.replace(reading, fault=fault or reading.fault)
        if answer.method == "subscribe":
            return Reading(facts=self._answer(answer, received_at))
        if not answer.method and not answer.channel:
            raise BadFrame(fault)
        return Reading(is_alive=answer.method != "pong")

    def _answer(self, answer: Answer, received_at: datetime) -> list[Fact]:
        if not answer.success:
            kind = self._asked.get(answer.req_id)
            if not answer.symbol:
                return [Goodbye(answer.error or "a request was refused")]
            kinds: list[Kind] = [kind] if kind else list(CHANNELS)
            return [Refused(symbol_of(answer.symbol), one, answer.error) for one in kinds]
        result = answer.result
        if result.channel not in KINDS or not result.symbol:
            return []
        since = time_of(answer.time_out) if answer.time_out else received_at
        since = max(since, received_at - LONGEST_ANSWER)
        facts: list[Fact] = [Acknowledged(symbol_of(result.symbol), KINDS[result.channel], since)]
        return facts + [Notice(f"{result.symbol}: {warning}") for warning in result.warnings or ()]


def _status(frame: StatusFrame) -> list[Fact]:
    systems = [one.get("system") for one in frame.data]
    return [Notice(f"the system is {system}") for system in systems if system != "online"]


def _quotes(tickers: Iterable[Ticker], is_snapshot: bool, received_at: datetime) -> Reading:
    messages = []
    newest, fault = None, ""
    for ticker in tickers:
        try:
            symbol = checked_symbol(ticker.symbol)
            message = encode(quote_message(ticker, symbol, received_at, is_snapshot))
            newest = time_of(ticker.timestamp) if ticker.timestamp else None
        except (Malformed, BadFrame) as error:
            fault = str(error)
        else:
            messages.append(OutgoingMessage(symbol, message))
    return Reading(messages, None if is_snapshot else newest, fault=fault)
