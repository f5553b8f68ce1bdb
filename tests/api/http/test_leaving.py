"""A client that leaves cancels its query; the last one of several does."""

import asyncio
import socket

import httpx
import psycopg

from api.http.asgi import BODY, START, App, Message, Receive, Scope, Send
from api.http.leaving import PATIENCE_SECONDS, cancelling
from tests.api.conftest import Serve
from tests.api.store import Store
from tests.support import wait_until

RUNNING = """
select count(*) from pg_stat_activity
where application_name = 'stockpulse-api' and state = 'active' and datname = current_database()
"""


def _open(api: httpx.Client, path: str) -> socket.socket:
    """Returns a connection that has sent a request and reads no answer."""
    client = socket.create_connection((api.base_url.host, api.base_url.port or 80))
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return client


def test_clients_that_are_killed_leave_no_statement_running(serve: Serve, store: Store) -> None:
    api = serve(api_timeout_ms=60_000, api_pool_size=2)
    assert api.get("/symbols").status_code == 200
    with psycopg.connect(store.url) as conn, psycopg.connect(store.url, autocommit=True) as watch:

        def running() -> int:
            row = watch.execute(RUNNING).fetchone()
            assert row
            return int(row[0])

        conn.execute("lock table market.instruments in access exclusive mode")
        first, second, other = (
            _open(api, path) for path in ("/symbols", "/symbols", "/v1/symbols")
        )
        wait_until(lambda: running() == 2, "two queries for three clients")
        first.close()
        other.close()
        wait_until(lambda: running() == 1, "the query of one client ends, the shared one goes on")
        assert not _ended(second)
        second.close()
        wait_until(lambda: running() == 0, "no statement is left")
        conn.rollback()
    assert 'route="/symbols",status="499"} 2' in api.get("/metrics").text
    assert api.get("/symbols").status_code == 200


def _ended(client: socket.socket) -> bool:
    client.settimeout(0.2)
    try:
        return bool(client.recv(1)) or True
    except TimeoutError:
        return False


def _run(app: App, left: asyncio.Event) -> list[str]:
    """Runs an application whose client leaves at `left`; returns the types of what it sent."""
    sent: list[str] = []

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message["type"])
        if message["type"] == BODY and not message.get("more_body"):
            left.set()  # as uvicorn does

    async def attempt() -> None:
        await cancelling(app)({"type": "http", "method": "GET"}, receive, send)

    asyncio.run(attempt())
    return sent


def test_a_stream_ends_when_its_client_leaves() -> None:
    left, closed = asyncio.Event(), []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": START, "status": 200, "headers": []})
            left.set()
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    assert _run(app, left) == [START]
    assert closed == [True]


def test_work_after_the_answer_is_not_cancelled() -> None:
    left, done = asyncio.Event(), []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(PATIENCE_SECONDS * 2)  # the client is being watched
        await send({"type": START, "status": 200, "headers": []})
        await send({"type": BODY})
        await asyncio.sleep(PATIENCE_SECONDS)
        done.append(True)

    assert _run(app, left) == [START, BODY]
    assert done == [True]
