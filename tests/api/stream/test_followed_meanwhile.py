"""Subscriptions of a client that is not live yet, and their effect on others."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from threading import Event
from typing import Any

import httpx
import psycopg
import pytest
from websockets.sync.client import ClientConnection

from api.stream import bar_rounds
from stack.database import Database
from tests.api.stream.bar_feed import Feed, feeding, trade
from tests.api.stream.clients import Message, events, has, received, websocket
from tests.api.stream.loading import Loader
from tests.ingest import made
from tests.support import execute, wait_until

LISTENING = (
    "select count(*) from pg_stat_activity"
    " where datname = current_database() and query = 'listen stockpulse_changes'"
)


@pytest.fixture
def feed(fresh_database: str, database: Database) -> Iterator[Feed]:
    """A loader of the database of the test."""
    with feeding(fresh_database, database.edition) as opened:
        yield opened


class Gate:
    """Holds the readings of bars back while it is closed: a client that joins waits for one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_open = Event()
        self.is_open.set()
        self.somebody_waits = Event()
        read = bar_rounds.Rounds.read

        async def gated(rounds: bar_rounds.Rounds, *values: Any) -> bar_rounds.Round:
            while not self.is_open.is_set():
                self.somebody_waits.set()
                await asyncio.sleep(0.01)
            return await read(rounds, *values)

        monkeypatch.setattr(bar_rounds.Rounds, "read", gated)


def test_what_is_asked_for_just_before_a_stream_is_live_is_followed(
    api: httpx.Client, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    gate.is_open.clear()
    with websocket(api, symbols="A", channels="trades,bars") as socket:
        ask_while_closed(gate, socket, channels=["trades"])
        feed.load(now("B"))
        found = until(socket, lambda message: has(message, "trade"))
        assert [event["symbol"] for event in found["events"]] == ["B"]


def test_a_client_that_leaves_takes_no_bars_from_others(
    api: httpx.Client, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    parameters = {"channels": "provisional", "timeframe": "1mo"}
    with websocket(api, symbols="B", **parameters) as other:
        until(other, lambda message: has(message, "live"))
        gate.is_open.clear()
        with websocket(api, symbols="A", **parameters) as socket:
            ask_while_closed(gate, socket, channels=["provisional"])
        feed.load(now("B"))
        found = until(other, lambda message: has(message, "bar"))
        assert [event["symbol"] for event in found["events"]] == ["B"]


def ask_while_closed(gate: Gate, socket: ClientConnection, **members: Any) -> None:
    """Asks for B while the client waits for a reading, opens the gate, and waits for both."""
    assert gate.somebody_waits.wait(20)
    socket.send(json.dumps({"action": "subscribe", "symbols": ["B"], **members}))
    told: list[Message] = []
    with suppress(TimeoutError):  # the answer may have to wait, too
        while not follows_b(told):
            told += json.loads(socket.recv(timeout=1))["events"]
    gate.is_open.set()
    while not (follows_b(told) and any(event["type"] == "live" for event in told)):
        told += received(socket)["events"]


def follows_b(told: list[Message]) -> bool:
    return any(event["type"] == "subscribed" and "B" in event["symbols"] for event in told)


def until(socket: ClientConnection, holds: Any) -> Message:
    """Returns the next message that meets a condition."""
    deadline = time.monotonic() + 20
    while not holds(message := json.loads(socket.recv(timeout=20))):
        assert time.monotonic() < deadline, "no such message"
    return message  # type: ignore[no-any-return]


def now(symbol: str) -> bytes:
    return trade(datetime.now(UTC), "100", symbol=symbol)


def test_sources_are_told_of_what_is_followed_alone(api: httpx.Client, load: Loader) -> None:
    load.put(made.trade(1, symbol="A"), made.trade(2, symbol="B"))
    with websocket(api, symbols="A,B") as socket:
        until(socket, lambda message: has(message, "live"))
        socket.send('{"action": "unsubscribe", "symbols": ["A"]}')
        [told] = events(until(socket, lambda message: has(message, "subscribed")), "subscribed")
        assert told["sources"] == {"B": "sim"}


def test_any_notification_leaves_the_process_listening(
    api: httpx.Client, load: Loader, fresh_database: str
) -> None:
    def listens() -> bool:
        with psycopg.connect(fresh_database) as conn:
            return conn.execute(LISTENING).fetchone() == (1,)

    with websocket(api, symbols="AAPL") as socket:
        until(socket, lambda message: has(message, "live"))
        wait_until(listens, "it listens")
        for payload in ("", "x", "-1", "9" * 30, "9" * 15):
            execute(fresh_database, f"notify stockpulse_changes, '{payload}'")
        load.put(made.trade(1))
        until(socket, lambda message: has(message, "trade"))
        assert listens()
