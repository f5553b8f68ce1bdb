"""The answer that is a table: read up to its third block, then streamed.

Until then nothing is sent, so that an error is an answer of its own. Later an error can only end
the connection, by which the client sees that the answer is incomplete.
"""

import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from litestar import Request, Response
from litestar.datastructures import State
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from api.answers import reader
from api.errors import NeedsChunks
from api.formats.exports import Exports, translated, unless_it_hangs
from api.formats.negotiation import wanted
from api.formats.ranges import Range, Spooled, range_of
from api.formats.rewritten import unless_rewritten
from api.validators import CACHE_CONTROL
from db.tables.blocks import blocks
from db.tables.display import Display
from db.tables.formats import Format
from db.tables.table import Table

logger = logging.getLogger(__name__)

NAME_LENGTH = 100  # characters of the name of a file
NO_STREAMS = (
    "HTTP/1.0 cannot show that a stream was cut: use HTTP/1.1 (in nginx: proxy_http_version 1.1),"
    " or give a limit"
)


def exported(
    request: Request[Any, Any, Any], state: State, table: Table, display: Display
) -> Response[bytes]:
    """Returns the response that is a table in the format which the request wants.

    Raises InvalidParameter or NotAcceptable; the database is asked when the response is sent.
    """
    return _Response(_Answer(state, table, wanted(request), display))


class _Response(Response[bytes]):
    def __init__(self, answer: "_Answer") -> None:
        super().__init__(b"")
        self._answer = answer

    def to_asgi_response(self, *_: Any, **__: Any) -> ASGIResponse:
        return self._answer


class _Answer(ASGIResponse):
    def __init__(self, state: State, table: Table, form: Format, display: Display) -> None:
        super().__init__()
        self._state = state
        self._exports: Exports = state.exports
        self._table = table
        self._form = form
        self._display = display

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = dict(scope["headers"])
        is_head = "is_head" in scope
        is_old = scope["http_version"] == "1.0"
        if is_head or is_old or b"range" in headers:
            kept = await self._kept()
            if kept:
                await self._send_kept(send, kept, headers, is_head=is_head)
                return
        if self._table.is_page:
            async with self._found() as found:
                body = b"".join([block async for block in found])
            await self._send_whole(send, body)
        elif is_old:
            raise NeedsChunks(NO_STREAMS)
        else:
            await self._export(send)

    async def _export(self, send: Send) -> None:
        async with self._found() as found:
            first = [await anext(found, b"") for _ in range(3)]  # a header, and two blocks of rows
            if first[-1]:
                await self._stream(send, b"".join(first), found)
        if not first[-1]:
            await self._send_whole(send, b"".join(first))

    @asynccontextmanager
    async def _found(self) -> AsyncIterator[AsyncGenerator[bytes]]:
        """Gives the blocks of the answer, for a page read on a connection of the pool."""
        with translated():
            opened = (
                reader(self._state).checked_connection()
                if self._table.is_page
                else self._exports.snapshot()
            )
            async with opened as conn, conn.with_settings():
                found = blocks(conn, self._table, self._form, self._display)
                if self._table.is_page:
                    found = unless_it_hangs(found, reader(self._state).limit_seconds)
                else:
                    found = unless_rewritten(found, reader(self._state), self._table)
                async with aclosing(found):
                    yield found

    async def _kept(self) -> Spooled | None:
        key = (repr(self._table), self._form.name, self._display)
        async with self._exports.spool.alone(key):
            kept = self._exports.spool.get(key)
            if kept is None:
                async with self._found() as found:
                    kept = await self._exports.spool.put(key, found)
            return kept

    async def _send_kept(
        self, send: Send, kept: Spooled, headers: dict[bytes, bytes], *, is_head: bool
    ) -> None:
        asked = headers.get(b"range", b"").decode("latin-1")
        condition = headers.get(b"if-range", kept.tag.encode()).decode("latin-1")
        part = range_of(asked, kept.size) if condition == kept.tag and not is_head else None
        whole = Range(0, kept.size)
        facts = [(b"accept-ranges", b"bytes"), (b"etag", kept.tag.encode())]
        if part is None:
            part = whole
            await self._start(send, 200, kept.size, *facts)
        elif part.first == part.end:
            await self._start(send, 416, 0, *facts, _content_range(part, kept.size))
        else:
            facts.append(_content_range(part, kept.size))
            await self._start(send, 206, part.end - part.first, *facts)
        left = 0 if is_head else part.end - part.first
        if not left:
            await _send(send, b"", more=False)
            return
        for piece in kept.pieces(part):  # too few end the connection
            left -= len(piece)
            await _send(send, piece, more=left > 0)

    async def _send_whole(self, send: Send, body: bytes) -> None:
        await self._start(send, 200, len(body))
        await _send(send, body, more=False)

    async def _stream(self, send: Send, first: bytes, rest: AsyncIterator[bytes]) -> None:
        await self._start(send, 200, None)
        try:
            await _send(send, first, more=True)
            async for block in rest:
                await _send(send, block, more=True)
        except Exception as error:
            text = " ".join(str(error).split()) or type(error).__name__
            logger.warning("export cut", extra={"table": self._table.name, "error": text})
            return  # without a last message, so that the server closes the connection
        await _send(send, b"", more=False)

    async def _start(
        self, send: Send, status: int, length: int | None, *more: tuple[bytes, bytes]
    ) -> None:
        disposition = f'attachment; filename="{_file_name(self._table, self._form)}"'
        headers = [
            (b"content-type", self._form.media_type.encode()),
            (b"content-disposition", disposition.encode()),
            (b"cache-control", CACHE_CONTROL),
            (b"vary", b"Accept"),
            (b"x-content-type-options", b"nosniff"),
            *more,
        ]
        if length is not None:
            headers.append((b"content-length", str(length).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})


async def _send(send: Send, body: bytes, *, more: bool) -> None:
    """Sends a part of the body once the client has taken most of the ones before."""
    await send({"type": "http.response.body", "body": body, "more_body": more})


def _content_range(part: Range, size: int) -> tuple[bytes, bytes]:
    bounds = "*" if part.first == part.end else f"{part.first}-{part.end - 1}"
    return b"content-range", f"bytes {bounds}/{size}".encode()


def _file_name(table: Table, form: Format) -> str:
    words = "-".join((table.name, *table.about))
    plain = re.sub(r"[^A-Za-z0-9._]+", "-", words)[:NAME_LENGTH].strip("-.")
    return f"{plain}.{form.extension}"
