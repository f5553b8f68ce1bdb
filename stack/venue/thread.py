"""Serves a venue in a thread of its own."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TypeVar

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import InvalidState
from websockets.http11 import Request, Response

quiet = logging.getLogger(__name__)
quiet.setLevel(logging.ERROR)  # connections that are cut are no news here

HOST = "127.0.0.1"
START_SECONDS = 10.0
POLL_SECONDS = 0.01


class Closing(Protocol):
    """A server that can be ended."""

    def close(self) -> None: ...

    async def wait_closed(self) -> None: ...


class Venue(Protocol):
    """A venue with a server."""

    async def serve(self, port: int = 0) -> Closing:
        """Starts the server in the running loop."""


Handle = Callable[[ServerConnection], Awaitable[None]]
Respond = Callable[[ServerConnection, Request], Response | None]
V = TypeVar("V", bound=Venue)


@contextmanager
def running(venue: V, port: int = 0) -> Iterator[V]:
    """Serves a venue while the context is open; raises OSError if the port is taken."""
    started, ended = threading.Event(), threading.Event()
    failed: list[OSError] = []

    async def main() -> None:
        try:
            server = await venue.serve(port)
        except OSError as error:
            failed.append(error)
            return
        finally:
            started.set()
        while not ended.is_set():
            await asyncio.sleep(POLL_SECONDS)
        server.close()
        await server.wait_closed()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    started.wait(START_SECONDS)
    if failed:
        raise failed[0]
    try:
        yield venue
    finally:
        ended.set()
        thread.join()


async def listen(handle: Handle, respond: Respond, port: int) -> tuple[Server, int]:
    """Starts a server of WebSockets in the running loop; returns its port too."""
    server = await serve(
        handle, HOST, port, process_request=respond, ping_interval=None, logger=quiet
    )
    return server, next(iter(server.sockets)).getsockname()[1]


def call(loop: asyncio.AbstractEventLoop, function: Callable[..., Any], *arguments: Any) -> Any:
    """Runs a function in the thread of a venue and returns its result."""

    async def run() -> Any:
        return function(*arguments)

    return asyncio.run_coroutine_threadsafe(run(), loop).result(START_SECONDS)


def post(connection: ServerConnection, text: str | bytes) -> None:
    """Sends a text in order, without waiting for a client that does not read or is leaving."""
    with suppress(InvalidState):
        connection.protocol.send_text(text.encode() if isinstance(text, str) else text)
        connection.send_data()
