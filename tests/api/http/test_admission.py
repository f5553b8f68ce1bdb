"""Beyond what the database can serve, requests are refused at once, and cheaply."""

import asyncio
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest

from api.app import DIALECTS
from api.errors import Busy
from api.http.admission import admitting
from api.http.asgi import BODY, START, App, Message, Receive, Scope, Send
from api.http.refusals import Refusals
from api.load import PER_CONNECTION, WAITING_PER_CONNECTION, Load
from api.pool import Reader
from api.settings import ApiSettings
from tests.api.conftest import Serve
from tests.api.store import Store
from tests.support import wait_until


async def _ask(app: App, path: str) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("nothing to read")

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "state": {}}
    await app(scope, receive, send)
    return sent


def _waiting(load: Load, answer: asyncio.Event, uses_database: bool = True) -> App:
    """Returns an admitted application whose requests wait for `answer`."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if uses_database:
            load.use_database()
        await answer.wait()
        await send({"type": START, "status": 200, "headers": []})
        await send({"type": BODY})

    return admitting(load, Refusals(DIALECTS), lambda path: path.startswith("/health"))(app)


async def _turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "uses_database, most", [(True, PER_CONNECTION), (False, WAITING_PER_CONNECTION)]
)
def test_as_many_requests_as_the_connections_can_serve_are_admitted(
    uses_database: bool, most: int
) -> None:
    async def attempt() -> None:
        load, answer = Load(connections=1), asyncio.Event()
        app = _waiting(load, answer, uses_database)
        under_way = [asyncio.create_task(_ask(app, "/v1/bars")) for _ in range(most)]
        await _turns()
        refused = await _ask(app, "/v1/bars")
        assert refused[0]["status"] == 503
        assert load.refused == 1
        exempt = asyncio.create_task(_ask(app, "/health"))
        answer.set()
        assert (await exempt)[0]["status"] == 200
        assert [(await each)[0]["status"] for each in under_way] == [200] * most
        assert (load.under_way, load.using_database) == (0, 0)
        assert (await _ask(app, "/v1/bars"))[0]["status"] == 200

    asyncio.run(attempt())


def test_a_request_that_the_database_has_answered_once_is_not_refused_later() -> None:
    async def attempt() -> None:
        load = Load(connections=1)
        requests = [load.begin() for _ in range(PER_CONNECTION + 1)]
        load.use_database()
        load.use_database()
        assert load.using_database == 1
        for request in requests:
            load.end(request)
        assert (load.under_way, load.using_database) == (0, 0)
        load.use_database()  # of a stream, while it is sent
        assert load.using_database == 0

    asyncio.run(attempt())


def test_a_connection_for_a_page_in_another_format_counts_as_a_query_does() -> None:
    async def attempt() -> None:
        reader = Reader(ApiSettings(database_url="host=nowhere", api_pool_size=1))
        for _ in range(PER_CONNECTION):
            reader.load.begin()
            reader.load.use_database()
        reader.load.begin()
        with pytest.raises(Busy):
            async with reader.checked_connection():
                pass

    asyncio.run(attempt())


@pytest.mark.parametrize(
    "path, media_type, code",
    [
        ("/v1/bars", "application/problem+json", "urn:stockpulse:problem:unavailable"),
        ("/nope", "application/problem+json", "urn:stockpulse:problem:unavailable"),
        ("/ticks/latest", "application/json", "UNAVAILABLE"),
    ],
)
def test_refusals_have_the_shape_of_the_dialect(path: str, media_type: str, code: str) -> None:
    sent: list[Any] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"path": path, "method": "GET", "state": {"request_id": "r1"}}
    asyncio.run(Refusals(DIALECTS).send(scope, send, Busy("too many")))
    start, body = sent
    headers = dict(start["headers"])
    assert start["status"] == 503
    assert headers[b"content-type"] == media_type.encode()
    assert headers[b"retry-after"] == b"1"
    assert headers[b"content-length"] == str(len(body["body"])).encode()
    assert code in json.dumps(json.loads(body["body"]))


def test_a_prefix_ends_where_a_part_of_the_path_ends() -> None:
    refusals = Refusals(DIALECTS)
    assert b"urn:" in refusals.refusal("/symbolsx", Busy("x"))
    assert b"urn:" in refusals.refusal("/v1/symbols", Busy("x"))
    assert b"UNAVAILABLE" in refusals.refusal("/symbols", Busy("x"))
    assert b"UNAVAILABLE" in refusals.refusal("//symbols", Busy("x"))


def test_one_warning_per_second_not_per_refusal(caplog: pytest.LogCaptureFixture) -> None:
    load = Load(connections=1)
    with caplog.at_level(logging.WARNING):
        for _ in range(1000):
            load.refuse()
    assert len(caplog.records) in (1, 2)  # the second one if this took longer than a second
    assert load.refused == 1000


def test_excess_is_refused_at_once_while_viewers_of_one_symbol_share_a_query(
    serve: Serve, store: Store
) -> None:
    api = serve(api_pool_size=1, api_timeout_ms=20_000)
    assert api.get("/symbols").status_code == 200
    with psycopg.connect(store.url) as conn, ThreadPoolExecutor(16) as clients:
        conn.execute("lock table market.instruments in access exclusive mode")
        # Ten wait for one query; four for their own.
        same = [clients.submit(api.get, "/symbols") for _ in range(10)]
        own = [
            clients.submit(api.get, f"/ticks/latest?symbol=A{number}")
            for number in range(1, PER_CONNECTION)
        ]
        wait_until(lambda: _value(api, "stockpulse_api_using_database") >= 4, "the load is full")
        began = time.monotonic()
        refused = api.get("/v1/symbols")
        assert time.monotonic() - began < 0.5  # 50 ms on a machine of its own
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["x-request-id"] == refused.json()["request_id"]
        assert api.get("/health").json() == {"status": "ok", "db": "ok"}
        assert api.get("/health/live").status_code == 200
        conn.rollback()
        assert [each.result().status_code for each in (*same, *own)] == [200] * 13
    assert _value(api, "stockpulse_api_refused_total") == 1
    assert api.get("/v1/symbols").status_code == 200


def _value(api: httpx.Client, name: str) -> float:
    lines = api.get("/metrics").text.splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).split()[1])
