"""Cross-origin requests: which origins may read answers, by the setting of the API.

An answer to our cookie is never for any origin: only for those that the setting names.
"""

import re

from api.http.asgi import (
    BODY,
    DENIAL,
    DENIAL_BODY,
    SOCKET,
    START,
    App,
    Headers,
    Message,
    Receive,
    Scope,
    Send,
)
from api.http.credentials import cookie
from db.errors import SettingsError

ANY, NONE = "*", "none"
ORIGIN = re.compile(
    r"([a-z][a-z0-9+.-]*)://(\[[0-9a-f:.]+\]|[^\s/:?#@*\[\]]+)(?::([0-9]{1,5}))?", re.ASCII
)
DEFAULT_PORTS = {"http": "80", "https": "443"}
PREFLIGHT_SECONDS = b"600"
METHODS = b"GET, HEAD, OPTIONS"
KEY_HEADERS = (
    b"Authorization, APCA-API-KEY-ID, APCA-API-SECRET-KEY, X-MBX-APIKEY, X-API-Key, "
    b"Accept, Content-Type, If-None-Match, Last-Event-ID, X-Request-ID"
)
EXPOSED = (
    b"X-Request-ID, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, "
    b"StockPulse-Replay-Lag, ETag, Link, Content-Disposition"
)
PLAIN = (b"content-type", b"text/plain; charset=utf-8")
FORBIDDEN = b"Pages of this origin may not open a WebSocket; see STOCKPULSE_API_CORS_ORIGINS.\n"
FOR_ANY: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", EXPOSED),
]


class Cors:
    """Answers preflights, and adds the headers that let pages of other origins read answers."""

    def __init__(self, app: App, origins: tuple[str, ...]) -> None:
        self._app = app
        self._any = ANY in origins
        self._origins = frozenset(_checked(origins))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == SOCKET and not self._may_open(dict(scope["headers"])):
            await send({"type": DENIAL, "status": 403, "headers": [PLAIN]})
            await send({"type": DENIAL_BODY, "body": FORBIDDEN})
            return
        if scope["type"] != "http" or not (self._any or self._origins):
            await self._app(scope, receive, send)
            return
        sent = dict(scope["headers"])
        ours = self._headers(sent)
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in sent:
            await send(_preflight(ours, sent))
            await send({"type": BODY, "body": b""})
            return

        async def send_shared(message: Message) -> None:
            if message["type"] == START:
                message = {**message, "headers": [*message["headers"], *ours]}
            await send(message)

        await self._app(scope, receive, send_shared)

    def _may_open(self, sent: dict[bytes, bytes]) -> bool:
        """Returns whether a page may open a WebSocket: browsers let every page try it."""
        origin = sent.get(b"origin", b"").decode("latin-1").lower()
        host = sent.get(b"host", b"").decode("latin-1").lower()
        if not origin or origin.partition("://")[2] == host or origin in self._origins:
            return True
        return self._any and not cookie(sent.get(b"cookie", b"").decode("latin-1"))

    def _headers(self, sent: dict[bytes, bytes]) -> Headers:
        if self._any:
            has_cookie = cookie(sent.get(b"cookie", b"").decode("latin-1"))
            return [] if has_cookie else FOR_ANY
        vary = (b"vary", b"Origin")
        origin = sent.get(b"origin", b"")
        if origin.decode("latin-1") not in self._origins:
            return [vary]
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", EXPOSED),
            vary,
        ]


def _preflight(ours: Headers, sent: dict[bytes, bytes]) -> Message:
    allowed = [
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", sent.get(b"access-control-request-headers", KEY_HEADERS)),
        (b"access-control-max-age", PREFLIGHT_SECONDS),
    ]
    may = any(name == b"access-control-allow-origin" for name, _ in ours)
    return {
        "type": START,
        "status": 204,
        "headers": [*ours, *(allowed if may else ())],
    }


def _checked(origins: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the origins without the words for any and none; raises SettingsError."""
    words = {ANY, NONE} & {*origins}
    if words and len(origins) > 1:
        raise SettingsError(
            f"STOCKPULSE_API_CORS_ORIGINS is {','.join(origins)!r}, but {words.pop()} stands alone"
        )
    return tuple(_plain(origin) for origin in origins if origin not in words)


def _plain(origin: str) -> str:
    """Returns an origin as browsers send it; raises SettingsError."""
    match = ORIGIN.fullmatch(origin.lower())
    if not match:
        raise SettingsError(
            f"STOCKPULSE_API_CORS_ORIGINS names {origin!r}, but an origin is like"
            " https://charts.example.com, without a path or a pattern"
        )
    scheme, host, port = match.groups()
    shown = "" if port is None or DEFAULT_PORTS.get(scheme) == port else f":{port}"
    return f"{scheme}://{host}{shown}"
