"""The answer that is a table: read up to its second block, then streamed.

Until then nothing is sent, so that an error is an answer of its own. Later an error can only end
the connection, by which the client sees that the answer is incomplete.
"""

import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from litestar import Request, Response
from litestar.datastructures import State
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from api.answers import reader
from api.errors import NoStreams
from api.formats.blocks import blocks
from api.formats.exports import Connection, Exports, translated
from api.formats.negotiation import Format, wanted
from api.formats.table import Style, Table, style_of

logger = logging.getLogger(__name__)

NAME_LENGTH = 100  # characters of the name of a file
NO_STREAMS = (
    "HTTP/1.0 cannot show that a stream was cut: use HTTP/1.1 (in nginx: proxy_http_version 1.1),"
    " or give a limit"
)


def exported(request: Request[Any, Any, Any], state: State, table: Table) -> Response[bytes]:
    """Returns the response that is a table in the format which the request wants.

    Raises InvalidParameter or NotAcceptable; the database is asked when the response is sent.
    """
    return _Response(state, table, wanted(request), style_of(request))


class _Response(Response[bytes]):
    def __init__(self, state: State, table: Table, form: Format, style: Style) -> None:
        super().__init__(b"")
        self._sent = _Sent(state, table, form, style)

    def to_asgi_response(self, *_: Any, **__: Any) -> ASGIResponse:
        return self._sent


class _Sent(ASGIResponse):
    def __init__(self, state: State, table: Table, form: Format, style: Style) -> None:
        super().__init__()
        self._state = state
        self._table = table
        self._form = form
        self._style = style

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        if self._table.is_page:
            await self._send_whole(send, await self._page())
            return
        exports: Exports = self._state.exports
        if scope["http_version"] == "1.0":
            raise NoStreams(NO_STREAMS)
        async with exports.snapshot() as conn, aclosing(self._blocks(conn)) as found:
            first = await anext(found, b"")
            second = await anext(found, b"")
            third = await anext(found, b"")  # a short table is its header and one block
            if third:
                await self._stream(send, first + second + third, found)
        if not third:
            await self._send_whole(send, first + second)

    async def _page(self) -> bytes:
        """Returns the whole answer, read on a connection of the pool: no client can hold it."""
        with translated():
            async with reader(self._state).pool.connection() as conn:
                return b"".join([block async for block in self._blocks(conn)])

    def _blocks(self, conn: Connection) -> AsyncGenerator[bytes]:
        return blocks(conn, self._table, self._form, self._style)

    async def _send_whole(self, send: Send, body: bytes) -> None:
        await self._start(send, (b"content-length", str(len(body)).encode()))
        await _send(send, body, more=False)

    async def _stream(self, send: Send, first: bytes, rest: AsyncIterator[bytes]) -> None:
        await self._start(send)
        try:
            await _send(send, first, more=True)
            async for block in rest:
                await _send(send, block, more=True)
        except Exception as error:
            text = " ".join(str(error).split()) or type(error).__name__
            logger.warning("export cut", extra={"table": self._table.name, "error": text})
            return  # without a last message, so that the server closes the connection
        await _send(send, b"", more=False)

    async def _start(self, send: Send, *headers: tuple[bytes, bytes]) -> None:
        disposition = f'attachment; filename="{_file_name(self._table, self._form)}"'
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", self._form.media_type.encode()),
                    (b"content-disposition", disposition.encode()),
                    (b"vary", b"Accept"),
                    (b"x-content-type-options", b"nosniff"),
                    *headers,
                ],
            }
        )


async def _send(send: Send, body: bytes, *, more: bool) -> None:
    """Sends a part of the body once the client has taken most of the ones before."""
    await send({"type": "http.response.body", "body": body, "more_body": more})


def _file_name(table: Table, form: Format) -> str:
    words = "-".join((table.name, *table.about))
    plain = re.sub(r"[^A-Za-z0-9._]+", "-", words)[:NAME_LENGTH].strip("-.")
    return f"{plain}.{form.extension}"
