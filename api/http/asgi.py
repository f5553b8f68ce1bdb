"""Types of ASGI, and access to lists of headers."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

START = "http.response.start"
BODY = "http.response.body"


def header(headers: Headers, name: bytes) -> bytes | None:
    """Returns the first value of a header, whose name is in lower case."""
    return next((value for key, value in headers if key.lower() == name), None)


def header_list(headers: Headers, name: bytes) -> str | None:
    """Returns all values of a header, separated by commas; None without any."""
    values = [value.decode("latin-1") for key, value in headers if key.lower() == name]
    return ",".join(values) if values else None


def with_header(headers: Headers, name: bytes, value: bytes) -> Headers:
    """Returns the headers with one that replaces others of its name."""
    return [*(each for each in headers if each[0].lower() != name), (name, value)]


def varying(headers: Headers, *names: str) -> Headers:
    """Returns the headers with `names` added to Vary."""
    given = [name.strip() for name in (header_list(headers, b"vary") or "").split(",")]
    known = {name.lower() for name in given}
    added = [name for name in names if name.lower() not in known]
    return with_header(headers, b"vary", ", ".join(filter(None, [*given, *added])).encode())
