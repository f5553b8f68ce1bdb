"""The access log: one line of JSON per request, and no secret in it."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.http.access_log import logging_requests
from api.http.asgi import ACCEPT, BODY, START, App, Message, Receive, Scope, Send
from api.http.requests import measured
from api.settings import ApiSettings
from db.errors import SettingsError
from tests.api.conftest import Serve
from tests.api.store import Store, Tick, minute

ON = ApiSettings(api_access_log="on")


def logged(app: App, scope: Scope) -> list[dict[str, Any]]:
    """Returns the lines of one request of an application."""
    lines: list[str] = []

    class Counting:
        def count(self, *_facts: object) -> None:
            """Counts nothing."""

    layered = measured(Counting())(logging_requests(ON, lines.append)(app))  # type: ignore[arg-type]

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        """Takes all."""

    async def run() -> None:
        with suppress(ConnectionError):
            await layered({"headers": [], "query_string": b"", **scope}, receive, send)

    asyncio.run(run())
    assert all(line.count("\n") == 1 and line.endswith("\n") for line in lines)
    return [json.loads(line) for line in lines]


async def answer(scope: Scope, _receive: Receive, send: Send) -> None:
    scope["path_template"] = "/symbols"
    await send({"type": START, "status": 200, "headers": []})
    await send({"type": BODY, "body": b"12345", "more_body": True})
    await send({"type": BODY, "body": b"678"})


GET = {"type": "http", "method": "GET", "path": "/symbols", "client": ("192.0.2.7", 5555)}


def test_a_line_has_all_that_tells_requests_apart() -> None:
    headers = [(b"x-request-id", b"trace-1"), (b"user-agent", b"curl/8"), (b"cookie", b"k=secret"),
               (b"authorization", b"Bearer secret"), (b"x-api-key", b"secret")]  # fmt: skip
    [line] = logged(answer, GET | {"headers": headers, "query_string": b"limit=3"})
    assert line.pop("at").endswith("Z")
    assert line.pop("seconds") >= 0
    assert line == {
        "request_id": "trace-1",
        "client": "192.0.2.7",
        "key": None,
        "method": "GET",
        "path": "/symbols",
        "query": "limit=3",
        "route": "/symbols",
        "status": 200,
        "bytes": 8,
        "user_agent": "curl/8",
    }


def test_a_client_cannot_write_lines_of_its_own() -> None:
    forged = b'/a%0A"}\n{"status":200}\xff'
    [line] = logged(answer, GET | {"raw_path": forged, "headers": [(b"user-agent", b"a\nb\x00")]})
    assert line["path"] == forged.decode("latin-1")
    assert line["user_agent"] == "a\nb\x00"
    [line] = logged(answer, GET | {"query_string": b"x" * 100_000})
    assert len(line["query"]) == 1000


def test_a_client_that_left_and_one_that_a_fault_met_are_logged_too() -> None:
    async def leave(_scope: Scope, _receive: Receive, _send: Send) -> None:
        """Answers nothing: the client has gone."""

    async def fail(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": START, "status": 200, "headers": []})
        raise ConnectionError

    assert [line["status"] for line in logged(leave, dict(GET))] == [499]
    assert [(line["status"], line["bytes"]) for line in logged(fail, dict(GET))] == [(200, 0)]


def test_a_stream_is_logged_at_its_end() -> None:
    async def stream(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": ACCEPT})
        await asyncio.sleep(0.05)

    [line] = logged(stream, {"type": "websocket", "path": "/v1/stream", "client": None})
    assert (line["method"], line["status"], line["client"]) == ("WEBSOCKET", 101, None)
    assert line["seconds"] >= 0.05


def test_refusals_and_unknown_paths_are_logged_by_a_server(
    serve: Serve, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    store.ticks("A", [Tick(minute(1), "1")])
    api = serve(api_access_log="on", api_keys="required")
    for path in ("/health", "/symbols", "/nowhere"):
        api.get(path, headers={"X-API-Key": "spk_wrong", "X-Request-ID": path.strip("/")})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["request_id"], line["status"]) for line in lines] == [
        ("health", 200), ("symbols", 401), ("nowhere", 401),
    ]  # fmt: skip
    assert "spk_wrong" not in json.dumps(lines)


def test_it_is_off_unless_it_is_asked_for(
    api: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    api.get("/health")
    assert capsys.readouterr().out == ""


def test_another_word_than_on_or_off_is_refused() -> None:
    with pytest.raises(SettingsError, match="STOCKPULSE_API_ACCESS_LOG is 'yes', but must be off"):
        create_app(ApiSettings(api_access_log="yes"))
