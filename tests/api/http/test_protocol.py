"""Connections are bounded: what does not arrive, is too large, or is not read, is cut."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from api.http import protocol
from api.settings import ApiSettings
from tests.api.serving import served

NOWHERE = "host=127.0.0.1 port=1 dbname=x user=x"
GET = b"GET /version HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """The address of an API without a database, with short times."""
    monkeypatch.setattr(protocol, "ARRIVAL_SECONDS", 0.3)
    monkeypatch.setattr(protocol, "STALL_SECONDS", 0.3)
    with served(ApiSettings(database_url=NOWHERE, api_port=0)) as api:
        yield api.base_url.host, api.base_url.port or 80


def _all(client: socket.socket) -> bytes:
    """Returns what comes until the server closes the connection."""
    client.settimeout(10)
    received = b""
    while block := client.recv(65536):
        received += block
    return received


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /ver",
        GET,
        GET + b"X-More: 1\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n",
    ],
    ids=["nothing", "half a line", "half the headers", "no end", "no body"],
)
def test_requests_that_do_not_arrive_are_answered_with_408_or_cut(
    address: tuple[str, int], sent: bytes
) -> None:
    with socket.create_connection(address) as client:
        began = time.monotonic()
        client.sendall(sent)
        answer = _all(client)
    assert time.monotonic() - began < 5
    if b"POST" in sent:  # was answered before its body came
        assert answer.startswith(b"HTTP/1.1 405 ")
    else:
        assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert b"\r\nx-request-id: " in answer


def test_a_request_that_comes_in_pieces_in_time_is_served(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as client:
        for piece in (GET[:9], GET[9:], b"Connection: close\r\n", b"\r\n"):
            client.sendall(piece)
        assert b'"service":"stockpulse-api"' in _all(client)


def test_idle_connections_are_kept_between_requests(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as client:
        for _ in range(2):
            client.sendall(GET + b"\r\n")
            assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
            client.settimeout(0.5)
            with pytest.raises(TimeoutError):  # not closed after ARRIVAL_SECONDS
                client.recv(1)
            client.settimeout(10)


@pytest.mark.parametrize(
    "headers",
    [b"X-Large: " + b"x" * 200_000, b"".join(b"X-%d: y\r\n" % n for n in range(30_000))],
    ids=["one", "many"],
)
def test_headers_that_are_too_large_are_answered_with_431(
    address: tuple[str, int], headers: bytes
) -> None:
    with socket.create_connection(address) as client:
        client.sendall(GET)
        with suppress(OSError):  # closed before all of it was sent
            client.sendall(headers)
        client.settimeout(10)
        assert client.recv(100).startswith(b"HTTP/1.1 431 ")


def test_what_is_no_http_is_answered_with_400_and_not_logged(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_connection(address) as client:
        client.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert _all(client).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]


def test_a_client_that_reads_nothing_is_cut(address: tuple[str, int]) -> None:
    asset = b"GET /assets/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(address)
        client.sendall(asset * 8)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                client.send(b"x", socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass
            except OSError:
                return
            time.sleep(0.05)
        pytest.fail("the connection is still open")


def test_an_idle_connection_gives_way_to_a_new_one(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "most_connections", lambda: 2)
    idle, busy = socket.create_connection(address), socket.create_connection(address)
    with idle, busy:
        idle.sendall(GET + b"\r\n")
        assert idle.recv(65536).startswith(b"HTTP/1.1 200 ")
        busy.sendall(GET)
        with socket.create_connection(address) as third:
            third.sendall(GET + b"Connection: close\r\n\r\n")
            assert _all(third).startswith(b"HTTP/1.1 200 ")
        with suppress(ConnectionError):
            assert _all(idle) == b""


def test_upgrades_are_ignored(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as client:
        client.sendall(GET + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
