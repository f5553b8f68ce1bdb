"""Streams are told from whole answers, and a broken one never looks whole."""

import asyncio
import zlib
from typing import Any

import pytest

from api.app import DIALECTS
from api.http.answers import finishing
from api.http.asgi import BODY, START, App, Message, Receive, Scope, Send
from api.http.refusals import Refusals


def _ask(app: App, **scope: Any) -> tuple[int, dict[bytes, bytes], list[Message]]:
    """Returns status, headers and the messages of the body."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("nothing to read")

    asked = {"type": "http", "method": "GET", "http_version": "1.1", "path": "/v1/bars"}
    asyncio.run(
        finishing(Refusals(DIALECTS))(app)(
            asked | {"headers": [], "state": {}} | scope, receive, send
        )
    )
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1:]


def _stream(*blocks: bytes, fails: bool = False) -> App:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/csv")]
        await send({"type": START, "status": 200, "headers": headers})
        for block in blocks:
            await send({"type": BODY, "body": block, "more_body": True})
        if fails:
            raise ValueError("the database went")
        await send({"type": BODY})

    return app


def test_streams_are_sent_block_by_block_without_a_tag() -> None:
    status, headers, messages = _ask(_stream(b"a\n", b"1\n"))
    assert status == 200
    assert headers == {b"content-type": b"text/csv", b"vary": b"Accept-Encoding"}
    assert [message.get("body", b"") for message in messages] == [b"a\n", b"1\n", b""]


def test_compressed_streams_end_only_if_they_are_whole() -> None:
    gzip = [(b"accept-encoding", b"gzip")]
    _status, headers, messages = _ask(_stream(b"a\n", b"1\n"), headers=gzip)
    assert headers[b"content-encoding"] == b"gzip"
    reader = zlib.decompressobj(wbits=31)
    assert b"".join(reader.decompress(message["body"]) for message in messages) == b"a\n1\n"
    assert reader.eof
    with pytest.raises(ValueError, match="the database went"):
        _ask(_stream(b"a\n", fails=True), headers=gzip)


def test_streams_need_chunks() -> None:
    status, headers, messages = _ask(_stream(b"a\n"), http_version="1.0")
    assert status == 505
    assert headers[b"content-type"] == b"application/problem+json"
    assert b"proxy_http_version 1.1" in messages[0]["body"]


def test_answers_that_set_cookies_are_left_alone() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        cookies = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"content-length", b"2")]
        await send({"type": START, "status": 200, "headers": cookies})
        await send({"type": BODY, "body": b"ok"})

    _status, headers, messages = _ask(app)
    assert set(headers) == {b"set-cookie", b"content-length"}
    assert [message["body"] for message in messages] == [b"ok"]
