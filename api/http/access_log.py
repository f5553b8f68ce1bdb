"""A log of requests: one line of JSON each, on standard output, at the end of its answer."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from api.http.asgi import BODY, REQUESTS, SOCKET, App, Message, Receive, Scope, Send, header
from api.http.requests import LEFT, STARTS, SWITCHED
from api.settings import ApiSettings
from db.errors import SettingsError

MODES = ("off", "on")
MOST_CHARACTERS = 1_000  # of a path, a query, the name of a client

Write = Callable[[str], object]


class Line(msgspec.Struct, frozen=True):
    """One request; of a WebSocket the method is WEBSOCKET and the status 101.

    `at` is when it came, `seconds` the time until the end of its answer, which for a stream is
    long. `key` is the name of its API key. What a client sends as a key or a cookie is in none.
    """

    at: datetime
    request_id: str
    client: str | None
    key: str | None
    method: str
    path: str
    query: str
    route: str
    status: int
    bytes: int
    seconds: float
    user_agent: str


def logging_requests(settings: ApiSettings, write: Write | None = None) -> Callable[[App], App]:
    """Returns the layer, which does nothing unless the setting is on.

    It belongs right inside of the layer that gives requests their ids. Raises SettingsError.
    """
    mode = settings.api_access_log
    if mode not in MODES:
        raise SettingsError(f"STOCKPULSE_API_ACCESS_LOG is {mode!r}, but must be off or on")

    def layer(app: App) -> App:
        return _Log(app, write or _print) if mode == "on" else app

    return layer


class _Log:
    def __init__(self, app: App, write: Write) -> None:
        self._app = app
        self._write = write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in REQUESTS:
            await self._app(scope, receive, send)
            return
        at, began = datetime.now(UTC), time.monotonic()
        status, sent = LEFT, 0

        async def send_noted(message: Message) -> None:
            nonlocal status, sent
            if message["type"] in STARTS:
                status = message.get("status", SWITCHED)
            elif message["type"] == BODY:
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        finally:
            line = _line(scope, at, status, sent, time.monotonic() - began)
            self._write(msgspec.json.encode(line).decode() + "\n")


def _line(scope: Scope, at: datetime, status: int, sent: int, seconds: float) -> Line:
    state = scope.get("state", {})
    client, key = scope.get("client"), state.get("api_key")
    return Line(
        at=at,
        request_id=state.get("request_id", ""),
        client=client[0] if client else None,
        key=key.name if key else None,
        method=SOCKET.upper() if scope["type"] == SOCKET else scope["method"],
        path=_text(scope.get("raw_path") or scope["path"].encode("utf-8", "replace")),
        query=_text(scope.get("query_string", b"")),
        route=scope.get("path_template") or "unknown",
        status=status,
        bytes=sent,
        seconds=round(seconds, 6),
        user_agent=_text(header(scope["headers"], b"user-agent") or b""),
    )


def _text(sent: bytes) -> str:
    return sent.decode("latin-1")[:MOST_CHARACTERS]


def _print(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()
