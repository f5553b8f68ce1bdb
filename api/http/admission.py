"""Refuses requests beyond what the database can serve, before any work is done for them."""

from collections.abc import Callable

from api.http.asgi import (
    ACCEPT,
    DENIAL,
    REQUESTS,
    START,
    App,
    Message,
    Receive,
    Scope,
    Send,
)
from api.http.refusals import Refusals
from api.load import Load


def admitting(
    load: Load, refusals: Refusals, is_exempt: Callable[[str], bool]
) -> Callable[[App], App]:
    """Returns a layer; paths that are exempt need no database."""

    def layer(app: App) -> App:
        async def admit(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] not in REQUESTS or is_exempt(scope["path"]):
                await app(scope, receive, send)
            elif load.is_full:
                await refusals.send(scope, send, load.refuse())
            else:
                await _counted(app, load, scope, receive, send)

        return admit

    return layer


async def _counted(app: App, load: Load, scope: Scope, receive: Receive, send: Send) -> None:
    request = load.begin()
    ended = False

    def end() -> None:
        nonlocal ended
        if not ended:
            ended = True
            load.end(request)

    async def send_and_end(message: Message) -> None:
        if message["type"] in (START, ACCEPT, DENIAL):
            end()  # a client that reads slowly takes no place
        await send(message)

    try:
        await app(scope, receive, send_and_end)
    finally:
        end()
