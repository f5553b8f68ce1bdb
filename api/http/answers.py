"""Tags and compresses answers: whole ones have a length from the start, streams have none."""

from collections.abc import Callable

from api.errors import NeedsChunks
from api.http import encoding, revalidation
from api.http.asgi import BODY, START, App, Fields, Message, Receive, Scope, Send, fields_of
from api.http.refusals import Refusals

OK = 200
NOT_MODIFIED = 304
NEEDS_CHUNKS = "This answer needs HTTP/1.1; behind nginx, set proxy_http_version 1.1."


def finishing(refusals: Refusals) -> Callable[[App], App]:
    """Returns a layer."""

    def layer(app: App) -> App:
        async def finish(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["method"] != "GET":
                await app(scope, receive, send)
                return
            try:
                await app(scope, receive, _Answer(scope, send).take)
            except _OldClient:
                await refusals.send(scope, send, NeedsChunks(NEEDS_CHUNKS))

        return finish

    return layer


class _OldClient(BaseException):  # which is nothing that the application may handle
    """The client's version of HTTP has no chunks, so that half an answer would look whole."""


class _Answer:
    """One answer on its way."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._whole: Fields | None = None  # the headers of an answer that has not begun
        self._stream: encoding.Stream | None = None

    async def take(self, message: Message) -> None:
        """Sends a message of the application, changed."""
        if message["type"] == START:
            await self._begin(message)
        elif self._whole is not None:
            await self._finish(self._whole, message)
        elif self._stream:
            more = message.get("more_body", False)
            block = await self._stream.block(message.get("body", b""), more)
            await self._send({"type": BODY, "body": block, "more_body": more})
        else:
            await self._send(message)

    async def _begin(self, start: Message) -> None:
        headers = start["headers"]
        fields = {name.lower(): value for name, value in headers}
        if start["status"] != OK or len(fields) < len(headers):  # an error, or it sets cookies
            await self._send(start)
        elif b"content-length" in fields:
            self._whole = fields
        elif self._scope["http_version"] == "1.0":
            raise _OldClient
        else:
            if name := encoding.negotiate(fields_of(self._scope["headers"]), fields):
                self._stream = encoding.Stream(name, fields)
            await self._send_start(OK, fields)

    async def _finish(self, fields: Fields, message: Message) -> None:
        self._whole = None
        if message.get("more_body"):  # of known length, but in pieces: as it is
            await self._send_start(OK, fields)
            await self._send(message)
            return
        body = message.get("body", b"")
        request = fields_of(self._scope["headers"])
        revalidation.tag(fields, body)
        name = encoding.negotiate(request, fields)
        if revalidation.is_known(request, fields):
            await self._send_start(NOT_MODIFIED, revalidation.not_modified(fields))
            await self._send({"type": BODY})
            return
        if name:
            body = await encoding.encode(name, fields, body)
        await self._send_start(OK, fields)
        await self._send({"type": BODY, "body": body})

    async def _send_start(self, status: int, fields: Fields) -> None:
        await self._send({"type": START, "status": status, "headers": list(fields.items())})
