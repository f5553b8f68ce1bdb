"""Cancels a request whose client has gone, and with it its query.

A client is looked after only if its answer takes long: most answers are there before.
"""

import asyncio

from api.http.asgi import BODY, App, Message, Receive, Scope, Send

PATIENCE_SECONDS = 0.02
METHODS = ("GET", "HEAD")  # the others have bodies, which only the application may read


def cancelling(app: App) -> App:
    """Returns the application with this layer around it."""

    async def watch(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in METHODS:
            await app(scope, receive, send)
            return
        watcher = _Watcher(receive)

        async def send_watched(message: Message) -> None:
            if message["type"] == BODY and not message.get("more_body"):
                watcher.stop()  # servers report the end of an answer as a disconnect, too
            await send(message)

        try:
            await app(scope, receive, send_watched)
        except asyncio.CancelledError:
            if not watcher.client_left:
                raise
        finally:
            watcher.stop()

    return watch


class _Watcher:
    """Cancels the task that made it once the client has gone."""

    client_left = False

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._task = asyncio.current_task()
        self._watching: asyncio.Task[None] | None = None
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(PATIENCE_SECONDS, self._start)

    def stop(self) -> None:
        """Lets the task alone from now on."""
        self._timer.cancel()
        if self._watching:
            self._watching.cancel()

    def _start(self) -> None:
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.client_left = True
        assert self._task
        self._task.cancel()
