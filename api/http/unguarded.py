"""Warns once if a proxy forwards requests to an API that asks for no keys.

Such an API trusts its address, which only this machine reaches; the proxy's clients are elsewhere.
"""

import logging

from api.http.asgi import REQUESTS, App, Receive, Scope, Send

logger = logging.getLogger(__name__)

FORWARDED = frozenset({b"forwarded", b"x-forwarded-for", b"x-real-ip"})


class Unguarded:
    """Looks at the headers of requests until it has warned."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._warned and scope["type"] in REQUESTS:
            self._warned = any(name in FORWARDED for name, _ in scope["headers"])
            if self._warned:
                logger.warning(
                    "API keys are off, but a proxy forwards requests: all whom it serves can read;"
                    " STOCKPULSE_API_KEYS=required asks for keys, off ends this warning"
                )
        await self._app(scope, receive, send)
