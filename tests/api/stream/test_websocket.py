"""The stream as WebSocket: the same messages, and requests that change what is followed."""

import json
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.api.conftest import Serve
from tests.api.keys import bearer, make_key, revoke
from tests.api.stream.clients import Message, events, received, websocket
from tests.api.stream.loading import Loader
from tests.ingest import made
from tests.support import wait_until


def until(socket: ClientConnection, type_: str) -> Message:
    """Returns the next message with an event of a type."""
    while not events(message := received(socket), type_):
        pass
    return message


def ask(socket: ClientConnection, action: str, **members: Any) -> list[Message]:
    """Sends a request; returns the events of its answer."""
    socket.send(json.dumps({"action": action, **members}))
    return [until(socket, "subscribed")["events"][0]]


def test_messages_are_those_of_server_sent_events(api: httpx.Client, load: Loader) -> None:
    load.put(made.trade(1))
    with websocket(api, symbols="AAPL", since="2026-02-27") as socket:
        [first] = received(socket)["events"]
        assert (first["type"], first["symbols"]) == ("subscribed", ["AAPL"])
        [event] = received(socket)["events"]
        assert (event["type"], event["i"]) == ("trade", "1")
        place = until(socket, "live")["resume"]
        load.put(made.trade(2))
        assert [event["i"] for event in received(socket)["events"]] == ["2"]
    with websocket(api, symbols="AAPL", resume=place) as socket:
        assert [event["i"] for event in until(socket, "trade")["events"]] == ["2"]


def test_requests_change_what_is_followed(api: httpx.Client, load: Loader) -> None:
    with websocket(api) as socket:
        until(socket, "live")
        [told] = ask(socket, "subscribe", symbols=["A", "B"], channels=["trades", "quotes"])
        assert (told["symbols"], told["channels"]) == (["A", "B"], ["trades", "quotes"])
        load.put(made.trade(1, symbol="A"), made.trade(2, symbol="B"))
        assert [event["i"] for event in received(socket)["events"]] == ["1", "2"]
        [told] = ask(socket, "unsubscribe", symbols=["A"])
        assert told["symbols"] == ["B"]
        load.put(made.trade(3, symbol="A"), made.trade(4, symbol="B"))
        assert [event["i"] for event in received(socket)["events"]] == ["4"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "must be like"),
        ('{"action":"subscribe","symbols":["A"],"chanels":["trades"]}', "chanels"),
        ('{"action":"subscribe","symbols":["A"],"channels":["trade"]}', "must be of trades"),
        ('{"action":"subscribe","symbols":["A","B","C"]}', "2 at most"),
        (
            json.dumps(
                {
                    "action": "subscribe",
                    "symbols": ["A"],
                    "channels": ["bars"],
                    "timeframe": [f"{count}s" for count in range(1, 22)],
                }
            ),
            "20 at most",
        ),
    ],
)
def test_a_bad_request_is_told_and_the_stream_goes_on(
    serve: Serve, load: Loader, text: str, words: str
) -> None:
    api = serve(api_stream_symbols=2)
    with websocket(api, symbols="A") as socket:
        until(socket, "live")
        socket.send(text)
        [error] = received(socket)["events"]
        assert (error["type"], error["code"]) == ("error", "invalid-parameter")
        assert words in error["message"]
        load.put(made.trade(1, symbol="A"))
        assert [event["i"] for event in received(socket)["events"]] == ["1"]


def test_very_many_names_are_refused_without_a_look_at_them(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = serve(api_stream_symbols=2)
    with websocket(api) as socket:
        until(socket, "live")
        monkeypatch.delattr("api.symbols.Symbols.resolve")
        names = [f"S{number}" for number in range(9)]
        socket.send(json.dumps({"action": "subscribe", "symbols": names}))
        [error] = received(socket)["events"]
        assert "2 at most" in error["message"]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"symbols": "A", "resume": "x"}, "resume is not a place"),
        ({"symbol": "A"}, "symbol is none of"),
    ],
)
def test_a_stream_that_cannot_begin_says_why(
    api: httpx.Client, parameters: dict[str, str], words: str
) -> None:
    with websocket(api, **parameters) as socket:
        [error] = received(socket)["events"]
        assert words in error["message"]
        with pytest.raises(ConnectionClosedError) as closed:
            socket.recv(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


def test_a_socket_needs_a_key_and_ends_with_it(serve: Serve, fresh_database: str) -> None:
    api = serve(api_keys="required")
    with pytest.raises(InvalidStatus) as refused:
        websocket(api, symbols="A")
    assert refused.value.response.status_code == 401
    assert b"Authorization: Bearer KEY" in refused.value.response.body
    make_key(fresh_database)
    with websocket(api, bearer(), symbols="A") as socket:
        until(socket, "live")
        revoke(fresh_database)
        [error] = until(socket, "error")["events"]
        assert error["code"] == "refused"
        with pytest.raises(ConnectionClosedError):
            socket.recv(timeout=20)


def test_the_limits_of_a_key_count(serve: Serve, fresh_database: str) -> None:
    api = serve(api_keys="required", api_streams_per_key=1)
    make_key(fresh_database, rate=3)
    with websocket(api, bearer(), symbols="A") as first:
        until(first, "live")
        with websocket(api, bearer(), symbols="A") as second:
            [error] = received(second)["events"]
            assert error["code"] == "too-many-streams"
        with websocket(api, bearer(), symbols="A") as third:
            received(third)
        with pytest.raises(InvalidStatus) as refused:
            websocket(api, bearer(), symbols="A")
    assert refused.value.response.status_code == 429


@pytest.mark.parametrize(
    ("origins", "origin", "cookie", "may"),
    [
        (("*",), "https://other.example", "", True),
        (("*",), "https://other.example", "stockpulse_key=sp_x", False),
        (("https://charts.example",), "https://charts.example", "stockpulse_key=sp_x", True),
        (("https://charts.example",), "https://other.example", "", False),
        (("none",), "https://other.example", "", False),
        (("none",), "http://{host}", "stockpulse_key=sp_x", True),
    ],
)
def test_pages_open_a_socket_as_the_setting_says(
    serve: Serve, origins: tuple[str, ...], origin: str, cookie: str, may: bool
) -> None:
    api = serve(api_cors_origins=origins)
    host = f"{api.base_url.host}:{api.base_url.port}"
    headers = {"Origin": origin.format(host=host)} | ({"Cookie": cookie} if cookie else {})
    if may:
        with websocket(api, headers, symbols="A") as socket:
            received(socket)
        return
    with pytest.raises(InvalidStatus) as refused:
        websocket(api, headers, symbols="A")
    assert refused.value.response.status_code == 403


def test_other_paths_are_no_sockets(api: httpx.Client) -> None:
    with pytest.raises(InvalidStatus):
        connect(f"ws://{api.base_url.host}:{api.base_url.port}/v1/nope")


def test_sockets_are_counted(api: httpx.Client) -> None:
    with websocket(api, symbols="A") as socket:
        until(socket, "live")
        assert 'stockpulse_api_streams{wire="websocket"} 1.0' in api.get("/metrics").text
    counted = 'method="WEBSOCKET",route="/v1/stream",status="101"} 1'
    wait_until(lambda: counted in api.get("/metrics").text, "the socket counted")
