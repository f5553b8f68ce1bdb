"""Streams over HTTP of venues that misbehave: each attempt ends in one error that says why."""

import asyncio

import pytest

from db.errors import SettingsError
from ingest.feed import http_lines
from ingest.feed.source import CredentialsRefused

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
OTHER = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
ANSWERS = {
    "no HTTP": (b"SSH-2.0\r\n", ConnectionError, "does not answer: RemoteProtocolError"),
    "an end": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", EOFError, "has ended the stream"),
    "nothing": (b"", TimeoutError, None),
    "another place": (OTHER, ConnectionError, "answers with HTTP 302"),
    "a chunk that is none": (CHUNKED + b"\r\nzz\r\n", ConnectionError, "the stream broke"),
    "half a chunk": (CHUNKED + b"\r\n9\r\nhalf", ConnectionError, "the stream broke"),
    "no gzip": (
        CHUNKED + b"Content-Encoding: gzip\r\n\r\n5\r\nhello\r\n",
        ConnectionError,
        "the stream broke: DecodingError",
    ),
    "a refusal without an end": (
        b"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n",
        CredentialsRefused,
        r"\(HTTP 401\)",
    ),
    "endless headers": (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20_000, ConnectionError, "answer"),
    "a line without an end": (
        CHUNKED + b"\r\nfffff\r\n" + b" " * 0xFFFFF,
        ConnectionError,
        "sends a line without an end",
    ),
    "busy": (b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", ConnectionError, "HTTP 503"),
}


STAYS = ("nothing", "a refusal without an end")  # the others are closed


async def received(answer: bytes, count: int = 1, *, stays: bool = False) -> list[bytes]:
    """Returns the first lines that a server's answer has."""

    writers = []

    async def serve(reader, writer):
        writers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        if not stays:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        async with http_lines.connect(url, "Venue", {}, {"a": "b"}) as connection:
            return [await connection.recv() for _ in range(count)]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)  # for the transports to close


@pytest.mark.parametrize("name", ANSWERS)
def test_no_answer_does_more_than_end_the_attempt(monkeypatch, name):
    monkeypatch.setattr(http_lines, "CONNECT_SECONDS", 0.3)
    answer, error, text = ANSWERS[name]
    with pytest.raises(error, match=text):
        asyncio.run(received(answer, stays=name in STAYS))


def test_lines_are_whole_and_empty_ones_left_out():
    parts = [b"\xc3", b'\xa9"}\r', b"\n\n  \n{1}\n{2", b"}\n{3}"]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    answer = CHUNKED + b"\r\n" + chunks
    assert asyncio.run(received(answer, 3)) == [b'\xc3\xa9"}', b"{1}", b"{2}"]


@pytest.mark.parametrize("proxy", ["nonsense", "ftp://127.0.0.1:1", "http://[::1"])
def test_a_bad_proxy_ends_no_feed(monkeypatch, proxy):
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(ConnectionError):
        asyncio.run(received(b""))


@pytest.mark.parametrize("url", ["ws://a", "http://127.0.0.1:99999", "http:///x", "http://[::1"])
def test_what_is_no_address_is_told(url):
    async def connect():
        async with http_lines.connect(url, "Venue", {}, {}):
            pass

    with pytest.raises(SettingsError, match="the url of Venue"):
        asyncio.run(connect())
