"""Tags and compresses answers: whole ones have a length from the start, streams have none."""

from api.http import encoding, revalidation
from api.http.asgi import BODY, START, App, Message, Receive, Scope, Send, header, varying

OK = 200
NOT_MODIFIED = 304


def finished(app: App) -> App:
    """Returns the application with this layer around it."""

    async def finish(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            send = _Answer(scope, send).take
        await app(scope, receive, send)

    return finish


class _Answer:
    """One answer on its way."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._start: Message | None = None  # not sent yet
        self._stream: encoding.Stream | None = None

    async def take(self, message: Message) -> None:
        """Sends a message of the application, changed."""
        if message["type"] == START:
            await self._begin(message)
        elif self._start is not None and not message.get("more_body"):
            await self._whole(self._start, message.get("body", b""))
        elif message["type"] == BODY and self._stream:
            more = message.get("more_body", False)
            block = await self._stream.block(message.get("body", b""), more)
            await self._send({"type": BODY, "body": block, "more_body": more})
        else:
            await self._pass(message)

    async def _begin(self, start: Message) -> None:
        if start["status"] != OK:
            await self._send(start)
        elif header(start["headers"], b"content-length") is not None:
            self._start = start
        else:
            self._stream = encoding.Stream(self._scope["headers"], start["headers"])
            await self._send(start | {"headers": self._stream.headers})

    async def _whole(self, start: Message, body: bytes) -> None:
        self._start = None
        headers = revalidation.tagged(start["headers"], body)
        if revalidation.is_known(self._scope["headers"], headers):
            headers = varying(revalidation.not_modified(headers), "Accept-Encoding")
            await self._send({"type": START, "status": NOT_MODIFIED, "headers": headers})
            await self._send({"type": BODY})
            return
        headers, body = await encoding.whole(self._scope["headers"], headers, body)
        await self._send(start | {"headers": headers})
        await self._send({"type": BODY, "body": body})

    async def _pass(self, message: Message) -> None:
        if self._start is not None:  # of known length, but in pieces: as it is
            await self._send(self._start)
            self._start = None
        await self._send(message)
