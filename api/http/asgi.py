"""Types of ASGI, and headers by name."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Fields = dict[bytes, bytes]  # headers by their names in lower case

START = "http.response.start"
BODY = "http.response.body"
SOCKET = "websocket"  # the type of a scope
ACCEPT = "websocket.accept"
DENIAL = "websocket.http.response.start"  # an answer in place of a socket
DENIAL_BODY = "websocket.http.response.body"
REQUESTS = ("http", SOCKET)


def header(headers: Headers, name: bytes) -> bytes | None:
    """Returns the first value of a header, whose name is in lower case."""
    return next((value for key, value in headers if key.lower() == name), None)


def fields_of(headers: Headers) -> Fields:
    """Returns headers by name; the values of a repeated one are separated by commas."""
    fields: Fields = {}
    for name, value in headers:
        name = name.lower()
        fields[name] = value if name not in fields else fields[name] + b", " + value
    return fields


def vary(fields: Fields, names: bytes) -> None:
    """Adds names of request headers, separated by commas, to those that an answer depends on."""
    given = fields.get(b"vary")
    if given is None:
        fields[b"vary"] = names
        return
    known = {name.strip().lower() for name in given.split(b",")}
    added = [name for name in names.split(b", ") if name.lower() not in known]
    fields[b"vary"] = b", ".join([given, *added])
