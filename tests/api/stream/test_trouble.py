"""Trouble: clients that do not read, a database that goes away, the end of the process."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import httpx
import pytest

from api.settings import ApiSettings
from db import migrate
from ingest.formats.times import rfc3339
from stack import database as databases
from stack.database import Database
from tests import support
from tests.api.conftest import UNCACHED
from tests.api.serving import running, served
from tests.api.store import NOON
from tests.api.stream.clients import Table, events, has, next_with, received, sse, websocket
from tests.api.stream.loading import Loader, loader
from tests.ingest import made
from tests.support import wait_until

ENDED = 'stockpulse_api_streams_ended_total{code="slow"} 1.0'


def test_a_client_that_does_not_read_is_told_and_dropped(
    api: httpx.Client, load: Loader, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.stream.subscriber.QUEUE_BYTES", 50_000)
    table = Table()
    parameters = {"symbols": "AAPL", "ts": "ns", "since": "2026-02-27"}
    with sse(api, **parameters) as messages:
        table.apply(next_with(messages, "live"))
        deadline = time.monotonic() + 60
        first = 0
        while ENDED not in api.get("/metrics").text:
            assert time.monotonic() < deadline
            load.put(*(large_trade(first + number) for number in range(400)))
            first += 400
        for message in messages:
            table.apply(message)
    assert events(message, "error")[0]["code"] == "slow"
    assert message["resume"]
    assert ENDED in api.get("/metrics").text
    with sse(api, resume=table.resume or "", **parameters) as messages:
        for message in messages:
            table.apply(message)
            if has(message, "live"):
                break
    assert table.differs(fresh_database) == ""


def large_trade(number: int) -> bytes:
    """Returns one of a thousand trades per second, of three kilobytes each."""
    moment = rfc3339(NOON + timedelta(milliseconds=number))
    return made.trade(number, event_time=moment, conditions=["x" * 60] * 50)


def test_the_end_of_the_process_is_told(fresh_database: str) -> None:
    settings = ApiSettings(**({"database_url": fresh_database} | UNCACHED))
    with (
        running(settings) as (server, api),
        sse(api, symbols="A") as messages,
        websocket(api, symbols="A") as opened,
    ):
        next_with(messages, "live")
        while not has(received(opened), "live"):
            pass
        began = time.monotonic()
        server.should_exit = True  # as SIGTERM does
        [fault] = next_with(messages, "error")["events"]
        assert fault["code"] == "ended"
        assert list(messages) == []
        [fault] = received(opened)["events"]
        assert fault["code"] == "ended"
    assert time.monotonic() - began < 5


@pytest.fixture(scope="module")
def own_server() -> Iterator[Database]:
    """A server that this module may stop."""
    settings = support.UNSAFE | support.SMALL
    with databases.start({}, settings=settings, scratch=support.memory()) as started:
        migrate.upgrade(started.url)
        yield started


def test_a_database_that_goes_away_is_told_and_the_stream_goes_on(own_server: Database) -> None:
    with served(ApiSettings(database_url=own_server.url, **UNCACHED)) as api:
        with loader(own_server.url) as load:
            load.put(made.trade(1))
        with sse(api, symbols="AAPL") as messages, sse(api, symbols="AAPL") as other:
            for one in (messages, other):
                next_with(one, "live")
            own_server.stop()
            try:
                for one in (messages, other):
                    [fault] = events(next_with(one, "error"), "error")
                    assert fault["code"] == "away"
                assert api.get("/v1/stream", params={"symbols": "AAPL"}).status_code == 503
            finally:
                own_server.start()
            with loader(own_server.url, partition=1) as load:
                load.put(made.trade(2))
            for one in (messages, other):
                found = next_with(one, "trade")
                assert [event["i"] for event in events(found, "trade")] == ["2"]


@contextmanager
def raw(api: httpx.Client, more: bytes = b"") -> Iterator[socket.socket]:
    """Opens a WebSocket, and gives the connection below it."""
    with socket.create_connection((api.base_url.host, api.base_url.port or 80)) as opened:
        opened.sendall(
            b"GET /v1/stream?symbols=AAPL%b HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            % more
            + b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        opened.settimeout(20)
        assert opened.recv(100).startswith(b"HTTP/1.1 101")
        yield opened


def test_a_client_that_sends_pings_and_does_not_read_is_dropped(api: httpx.Client) -> None:
    with raw(api) as opened, pytest.raises(ConnectionError):
        send_pings(opened)


def send_pings(opened: socket.socket) -> None:
    ping = b"\x89\xfd" + bytes(4 + 125)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        opened.sendall(1000 * ping)


def test_a_client_that_does_not_read_does_not_hold_up_the_end(
    fresh_database: str, load: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.serve.SHUTDOWN_SECONDS", 0.5)
    for first in range(0, 2400, 400):
        load.put(*(large_trade(first + number) for number in range(400)))
    settings = ApiSettings(**({"database_url": fresh_database} | UNCACHED))
    with ExitStack() as clients, running(settings) as (server, api):
        clients.enter_context(raw(api, b"&since=2026-02-27"))
        connections = server.server_state.connections
        wait_until(
            lambda: any(each.transport.get_write_buffer_size() for each in connections),
            "nothing more can be sent",
        )  # fmt: skip


def test_text_that_is_none_is_no_fault_of_the_service(
    api: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with raw(api) as opened:
        opened.sendall(b"\x81\x81" + bytes(4) + b"\xff")
        while opened.recv(1000):
            pass
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_client_that_left_is_forgotten(api: httpx.Client) -> None:
    with socket.create_connection((api.base_url.host, api.base_url.port or 80)) as opened:
        opened.sendall(b"GET /v1/stream?symbols=A HTTP/1.1\r\nHost: x\r\n\r\n")
        opened.recv(100)
        wait_until(lambda: 'streams{wire="sse"} 1.0' in api.get("/metrics").text, "it is open")
    wait_until(lambda: 'streams{wire="sse"}' not in api.get("/metrics").text, "it is closed")
