"""Clients of the stream, and what they know after all that they were told."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import httpx
import psycopg
from websockets.sync.client import ClientConnection, connect

Message = dict[str, Any]
Key = tuple[Any, ...]

STORED = """
select 'trade', symbol, (extract(epoch from ts) * 1000000000)::bigint + ns, tick_id, price
from market.trades
where source = %(source)s
union all
select 'quote', symbol, (extract(epoch from ts) * 1000000000)::bigint + ns, tick_id, bid
from market.quotes
where source = %(source)s
"""


@contextmanager
def sse(
    api: httpx.Client,
    *,
    last_event_id: str | None = None,
    heartbeats: bool = False,
    **parameters: str,
) -> Iterator[Any]:
    """Opens a stream of server-sent events; gives an iterator of its messages."""
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    with api.stream("GET", "/v1/stream", params=parameters, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield (
            message
            for line in answer.iter_lines()
            if line.startswith("data: ")
            for message in [json.loads(line.removeprefix("data: "), parse_float=Decimal)]
            if heartbeats or not has(message, "heartbeat")
        )


def websocket(
    api: httpx.Client, headers: dict[str, str] | None = None, **parameters: str
) -> ClientConnection:
    """Opens a WebSocket."""
    url = httpx.URL(str(api.base_url.join("/v1/stream")), params=parameters)
    address = str(url).replace("http://", "ws://", 1)
    return connect(address, additional_headers=headers, compression=None, close_timeout=1)


def received(socket: ClientConnection) -> Message:
    """Returns the next message of a WebSocket."""
    while True:
        found: Message = json.loads(socket.recv(timeout=20), parse_float=Decimal)
        if not has(found, "heartbeat"):
            return found


def events(message: Message, *types: str) -> list[Message]:
    """Returns the events of a message that have one of the types."""
    return [event for event in message["events"] if event["type"] in types]


def has(message: Message, type_: str) -> bool:
    return bool(events(message, type_))


def next_with(messages: Iterator[Message], *types: str) -> Message:
    """Returns the next message that has an event of one of the types."""
    return next(message for message in messages if events(message, *types))


class Table:
    """Applies events: a dict by identity, and a count of those without an id; ts=ns."""

    def __init__(self) -> None:
        self.known: dict[Key, Decimal] = {}
        self.nameless: Counter[Key] = Counter()
        self.resume: str | None = None

    def apply(self, message: Message) -> None:
        """Applies a message; what is new in it must be news."""
        for event in events(message, "trade", "quote"):
            self._apply(event)
        self.resume = message["resume"]

    def _apply(self, event: Message) -> None:
        series = event["type"], event["symbol"]
        key = (*series, event["t"], event["i"])
        if (was := event.get("was")) is not None:
            old = (*series, was["t"], was["i"])
            if was["i"] is None and self.nameless[old]:
                self.nameless[old] -= 1
            self.known.pop(old, None)
        if event["action"] == "cancelled":
            return
        if event["i"] is None:
            self.nameless[key] += 1
            return
        # One that is stored and renamed by one commit is new under its new id, and corrected.
        assert event["action"] == "corrected" or key not in self.known, f"twice: {event}"
        self.known[key] = Decimal(event["p" if event["type"] == "trade" else "bp"])

    def differs(self, url: str, source: str = "sim") -> str:
        """Returns what it knows else than the database has, empty if nothing."""
        with psycopg.connect(url) as conn:
            rows = conn.execute(STORED, {"source": source}).fetchall()
        known = {row[:4]: row[4] for row in rows if row[3] is not None}
        nameless = Counter(row[:4] for row in rows if row[3] is None)
        more = {key: self.known[key] for key in self.known.keys() - known.keys()}
        less = {key: known[key] for key in known.keys() - self.known.keys()}
        other = {
            key: (self.known[key], known[key])
            for key in known.keys() & self.known.keys()
            if self.known[key] != known[key]
        }
        if more or less or other or +self.nameless != nameless:
            return f"too many {more}, too few {less}, other {other}, {self.nameless} {nameless}"
        return ""
