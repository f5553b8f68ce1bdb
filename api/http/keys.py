"""Lets requests with a valid API key through, and all requests for the state of the service."""

import ipaddress
from urllib.parse import quote

from api.errors import NoKey, Problem, Unavailable
from api.http.asgi import BODY, SOCKET, START, App, Headers, Receive, Scope, Send, header
from api.http.credentials import HEADERS, offered
from api.http.refusals import Refusals
from api.known_keys import ApiKey, KnownKeys
from api.settings import ApiSettings
from db.errors import SettingsError

# The state of the service, and the page where a browser gets its cookie.
OPEN = frozenset({
    "/health", "/health/live", "/health/ready", "/ready", "/version", "/login", "/logout",
    "/assets/login.css", "/assets/icon.svg",
})  # fmt: skip
ASKS_BELOW = "/alpaca/"
CREDENTIALS = {*HEADERS, b"authorization"}
AUTO = "auto"
MODES = (AUTO, "required", "off")

MISSING = "Send an API key as `Authorization: Bearer KEY`; `stockpulse keys create NAME` makes one."
WRONG = "The API key is not valid: it is wrong, or was revoked."


def asks_for_keys(settings: ApiSettings) -> bool:
    """Returns whether an API at the address `settings.api_host` asks for keys.

    Raises SettingsError if the setting is none of the three modes.
    """
    mode = settings.api_keys
    if mode not in MODES:
        raise SettingsError(f"STOCKPULSE_API_KEYS is {mode!r}, but must be auto, required or off")
    return mode == "required" or (mode == AUTO and not is_loopback(settings.api_host))


def is_loopback(host: str) -> bool:
    """Returns whether only this machine reaches an address; a name counts as any address."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


class Keys:
    """Refuses requests without a valid key, and puts the key of the others into their scope."""

    def __init__(self, app: App, known: KnownKeys, refusals: Refusals) -> None:
        self._app = app
        self._known = known
        self._refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or _is_open(scope):
            await self._app(scope, receive, send)
            return
        try:
            key, sent = await self._key_of(scope["headers"])
        except Unavailable as problem:
            await self._turn_away(scope, send, problem)
            return
        if key is None and not _asks_itself(scope):
            await self._turn_away(scope, send, NoKey(WRONG if sent else MISSING))
            return
        scope.setdefault("state", {})["api_key"] = key
        await self._app(scope, receive, send)

    async def _key_of(self, headers: Headers) -> tuple[ApiKey | None, bool]:
        """Returns the valid key of a request, if any, and whether it sent one; raises Unavailable.

        A header may be for a proxy, and a cookie be old: the first key that is valid counts.
        """
        texts = offered(headers)
        for text in texts:
            if key := await self._known.find(text):
                return key, True
        return None, bool(texts) or any(name in CREDENTIALS for name, _ in headers)

    async def _turn_away(self, scope: Scope, send: Send, problem: Problem) -> None:
        if isinstance(problem, NoKey) and _is_page(scope):
            await _redirect(send, "/login?next=" + quote(_address(scope), safe="/"))
        else:
            await self._refusals.send(scope, send, problem)


def _is_open(scope: Scope) -> bool:
    """Returns whether a request needs no key; OPTIONS says what is allowed, and no data."""
    return scope["path"] in OPEN or (scope["type"] == "http" and scope["method"] == "OPTIONS")


def _asks_itself(scope: Scope) -> bool:
    """Returns whether a key comes in a message, as Alpaca's protocol has it."""
    path: str = scope["path"]
    return scope["type"] == SOCKET and path.startswith(ASKS_BELOW)


def _is_page(scope: Scope) -> bool:
    """Returns whether a browser wants to show the answer: it cannot send a header."""
    if scope["type"] == SOCKET:
        return False
    accepted = header(scope["headers"], b"accept") or b""
    return scope["method"] in ("GET", "HEAD") and b"text/html" in accepted


def _address(scope: Scope) -> str:
    path: str = scope["path"]
    query = scope["query_string"].decode("latin-1")
    return path + (f"?{query}" if query else "")


async def _redirect(send: Send, location: str) -> None:
    headers = [
        (b"location", location.encode()),
        (b"cache-control", b"no-store"),
        (b"content-length", b"0"),
    ]
    await send({"type": START, "status": 303, "headers": headers})
    await send({"type": BODY, "body": b""})
