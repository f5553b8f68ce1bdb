"""Tells in a header of each answer from a standby how far its data are behind the primary."""

import asyncio
from collections.abc import Callable

from api.http.asgi import START, App, Message, Receive, Scope, Send
from api.replay_lag import ReplayLag

HEADER = b"stockpulse-replay-lag"  # seconds
WAIT_SECONDS = 0.2  # for a reading that began with the request
WITHOUT = ("/assets/", "/health/live", "/version")  # answers without data


def dated(lag: ReplayLag) -> Callable[[App], App]:
    """Returns the layer."""
    return lambda app: _Replay(app, lag)


class _Replay:
    """Reads the lag while a request is answered, at most once a second."""

    def __init__(self, app: App, lag: ReplayLag) -> None:
        self._app = app
        self._lag = lag

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(WITHOUT):
            await self._app(scope, receive, send)
            return
        reading = self._lag.refresh()

        async def send_dated(message: Message) -> None:
            if message["type"] == START:
                if reading is not None:
                    await asyncio.wait({reading}, timeout=WAIT_SECONDS)
                if (seconds := self._lag.seconds()) is not None:
                    headers = [*message["headers"], (HEADER, b"%.1f" % seconds)]
                    message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, send_dated)
