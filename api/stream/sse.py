"""Server-sent events: each message with its place as the id, which browsers send when they return.

Trouble is an event `fault`, as browsers keep `error` for their own.
"""

import random
from contextlib import aclosing
from typing import Any, cast

from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from api.stream.events import UNKNOWN_RESUME, Message
from api.stream.hub import Hub
from api.stream.rendering import message_body
from api.stream.session import Session
from db.tables.display import Display

WIRE = "sse"
RETRY_MS = (1_000, 4_000)  # at random, so that all do not return at once
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),  # nginx passes on what comes, at once
    (b"x-content-type-options", b"nosniff"),
]


class EventStream(ASGIResponse):
    """The answer that goes on until the client leaves, or a fault ends it."""

    def __init__(self, hub: Hub, session: Session, display: Display, first: bytes) -> None:
        super().__init__()
        self._hub = hub
        self._session = session
        self._display = display
        self._first = first  # the event that tells what is followed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        key = scope.get("state", {}).get("api_key")
        with self._hub.streams.opened(WIRE, key, self._session.end):
            start = {"type": "http.response.start", "status": 200, "headers": HEADERS}
            await send(cast(Any, start))
            retry = random.randint(*RETRY_MS)  # noqa: S311 - no secret
            first = Message((), self._session.resume)
            await _send(
                send, b"retry: %d\n" % retry + event_text(first, self._display, self._first)
            )
            async with aclosing(self._session.messages()) as messages:
                async for message in messages:
                    await _send(send, event_text(message, self._display))
        await _send(send, b"", more=False)


def event_text(message: Message, display: Display, *first: bytes) -> bytes:
    """Returns a message as an event; after a place that is unknown browsers are to forget it."""
    body = message_body(message, display, first)
    if message.fault is None:
        return b"id: %b\ndata: %b\n\n" % (message.resume.encode(), body)
    place = b"" if message.fault.code == UNKNOWN_RESUME else message.resume.encode()
    return b"event: fault\nid: %b\ndata: %b\n\n" % (place, body)


async def _send(send: Send, body: bytes, *, more: bool = True) -> None:
    await send(cast(Any, {"type": "http.response.body", "body": body, "more_body": more}))
