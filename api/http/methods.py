"""HEAD for every GET, and OPTIONS that need no parameters."""

import asyncio

from api.http.asgi import BODY, START, App, Message, Receive, Scope, Send


def all_methods(app: App) -> App:
    """Returns the application with this layer around it."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "GET":
            await app(scope, receive, send)
        elif scope["method"] == "HEAD":
            await _head(app, scope, receive, send)
        else:
            await _other(app, scope, receive, send)

    return answer


async def _head(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the headers of GET; a stream is stopped before its first block."""
    inner = dict(scope) | {"method": "GET", "is_head": True}
    answered = False

    async def send_headers(message: Message) -> None:
        nonlocal answered
        if message["type"] == START:
            scope["path_template"] = inner.get("path_template")
            await send(message)
        elif not answered:
            answered = True
            await send({"type": BODY})
            if message.get("more_body"):
                raise asyncio.CancelledError

    try:
        await app(inner, receive, send_headers)
    except asyncio.CancelledError:
        if not answered:
            raise


async def _other(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Adds HEAD to the methods that are allowed where GET is."""
    if scope["method"] == "OPTIONS":
        scope["query_string"] = b""  # whatever the parameters, the methods are the same

    async def send_allowed(message: Message) -> None:
        if message["type"] == START:
            headers = message["headers"]
            message["headers"] = [(name, _with_head(name, value)) for name, value in headers]
        await send(message)

    await app(scope, receive, send_allowed)


def _with_head(name: bytes, value: bytes) -> bytes:
    """Returns the value of a header, of Allow with HEAD beside GET."""
    if name.lower() != b"allow":
        return value
    methods = {method.strip() for method in value.split(b",")}
    return b", ".join(sorted(methods | ({b"HEAD"} if b"GET" in methods else set())))
