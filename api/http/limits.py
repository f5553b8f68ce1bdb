"""Limits the requests per minute of each API key, in this process."""

import time
from collections.abc import Callable

from api.errors import TooMany
from api.http.asgi import REQUESTS, START, App, Headers, Message, Receive, Scope, Send
from api.http.refusals import Refusals
from api.known_keys import ApiKey
from api.token_bucket import TokenBucket

MINUTE = 60.0


class Limits:
    """Takes a token of the key in a request's scope, and tells what is left in headers."""

    def __init__(
        self, app: App, refusals: Refusals, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._refusals = refusals
        self._clock = clock
        self._buckets: dict[ApiKey, TokenBucket] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = scope.get("state", {}).get("api_key") if scope["type"] in REQUESTS else None
        if key is None or key.rate is None:
            await self._app(scope, receive, send)
            return
        bucket = self._bucket(key)
        taken = bucket.take(self._clock())
        headers = _headers(bucket)

        async def send_limited(message: Message) -> None:
            if message["type"] == START:
                message = {**message, "headers": [*message["headers"], *headers]}
            await send(message)

        if taken:
            await self._app(scope, receive, send_limited)
        else:
            await self._refusals.send(
                scope, send_limited, TooMany(key.rate, bucket.seconds_to_next)
            )

    def _bucket(self, key: ApiKey) -> TokenBucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            assert key.rate is not None
            bucket = TokenBucket(key.rate, key.rate / MINUTE, self._clock())
            self._buckets[key] = bucket
        return bucket


def _headers(bucket: TokenBucket) -> Headers:
    return [
        (b"ratelimit-limit", b"%d" % bucket.capacity),
        (b"ratelimit-remaining", b"%d" % bucket.left),
        (b"ratelimit-reset", b"%d" % bucket.seconds_to_full),
    ]
