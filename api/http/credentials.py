"""The API keys that a request offers, in the headers that clients people have can set.

alpaca-py sends an id and a secret: the key is the secret, or the id if the secret is none. pandas,
Grafana and curl -u send basic authentication, of which the password is the key, or the user. Pages
of this server send a cookie. Never in the URL: addresses stand in logs and histories.
"""

import base64
import binascii
from collections.abc import Iterable

from db.api_key import KEY

COOKIE = "stockpulse_key"
HEADERS = frozenset({b"apca-api-secret-key", b"apca-api-key-id", b"x-mbx-apikey", b"x-api-key"})
MOST = 4  # different keys in one request

Headers = Iterable[tuple[bytes, bytes]]


def offered(headers: Headers) -> list[str]:
    """Returns the texts in the headers that can be keys, of the cookie last."""
    texts: list[str] = []
    cookies: list[str] = []
    for name, value in headers:
        if name in HEADERS:
            texts.append(value.decode("latin-1").strip())
        elif name == b"authorization":
            texts += _authorization(value.decode("latin-1"))
        elif name == b"cookie":
            cookies.append(cookie(value.decode("latin-1")))
    texts += cookies
    return list(dict.fromkeys(filter(KEY.fullmatch, texts)))[:MOST]


def cookie(header: str) -> str:
    """Returns the value of our cookie in the header Cookie, empty if it is not there."""
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value.strip('"')
    return ""


def _authorization(value: str) -> list[str]:
    scheme, _, rest = value.strip().partition(" ")
    rest = rest.strip()
    match scheme.lower():
        case "bearer":
            return [rest]
        case "basic":
            try:
                text = base64.b64decode(rest, validate=True).decode("latin-1")
            except (binascii.Error, ValueError):
                return []
            user, _, password = text.partition(":")
            return [password, user]
    return []
