"""An id for every request, and its figures in /metrics."""

import re
import secrets
from collections.abc import Callable
from time import perf_counter

from api.http.asgi import (
    ACCEPT,
    DENIAL,
    REQUESTS,
    SOCKET,
    START,
    App,
    Headers,
    Message,
    Receive,
    Scope,
    Send,
)
from api.metrics import Metrics

REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)  # of a client's own id
SWITCHED = 101  # to a WebSocket
LEFT = 499  # nginx's status of a request whose client has gone
STARTS = (START, ACCEPT, DENIAL)


def measured(metrics: Metrics) -> Callable[[App], App]:
    """Returns a layer, the outermost one: it sees every answer."""

    def layer(app: App) -> App:
        async def measure(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] not in REQUESTS:
                await app(scope, receive, send)
                return
            began = perf_counter()
            status = LEFT
            request_id = _request_id(scope["headers"])
            scope.setdefault("state", {})["request_id"] = request_id

            async def send_with_id(message: Message) -> None:
                nonlocal status
                if message["type"] in STARTS:
                    status = message.get("status", SWITCHED)
                    ours = (b"x-request-id", request_id.encode())
                    headers = [*message.get("headers", ()), ours]
                    message = message | {"headers": headers}
                    count()
                await send(message)

            def count() -> None:
                route = scope.get("path_template") or "unknown"
                method = SOCKET.upper() if scope["type"] == SOCKET else scope["method"]
                metrics.count(method, route, status, perf_counter() - began)

            await app(scope, receive, send_with_id)
            if status == LEFT:
                count()

        return measure

    return layer


def _request_id(headers: Headers) -> str:
    for name, value in headers:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(given := value.decode("latin-1")):
            return given
    return secrets.token_hex(8)
