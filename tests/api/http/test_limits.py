"""A key may send so many requests per minute; headers tell what is left."""

import asyncio
from typing import Any

import pytest

from api.http.limits import Limits
from api.http.refusals import Dialect, Refusals
from api.known_keys import ApiKey
from tests.api.conftest import Serve
from tests.api.keys import KEY, OTHER, bearer, make_key

PLAIN = Refusals([Dialect("", lambda problem, _id: problem.detail.encode(), "text/plain")])
SIX = ApiKey(b"6", "six", 6)
TWO = ApiKey(b"2", "two", 2)
FREE = ApiKey(b"", "free", None)


class Limited:
    """An application behind Limits, and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.layer = Limits(self.answer, PLAIN, lambda: self.now)

    async def answer(self, _scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    def get(self, key: ApiKey | None) -> tuple[int, dict[str, str]]:
        """Returns status and headers of an answer."""
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            raise AssertionError

        scope = {"type": "http", "path": "/", "method": "GET", "state": {"api_key": key}}
        asyncio.run(self.layer(scope, receive, send))
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], {k: v for k, v in headers.items() if not k.startswith("content")}


def limits(limit: int, remaining: int, reset: int) -> dict[str, str]:
    return {
        "ratelimit-limit": str(limit),
        "ratelimit-remaining": str(remaining),
        "ratelimit-reset": str(reset),
    }


def test_key_may_use_its_minute_at_once_and_then_waits_for_each_request() -> None:
    api = Limited()
    assert [api.get(SIX) for _ in range(6)] == [
        (200, limits(6, left, (6 - left) * 10)) for left in (5, 4, 3, 2, 1, 0)
    ]
    assert api.get(SIX) == (429, limits(6, 0, 60) | {"retry-after": "10"})
    api.now = 9.5
    assert api.get(SIX) == (429, limits(6, 0, 51) | {"retry-after": "1"})
    api.now = 10.1
    assert api.get(SIX)[0] == 200
    assert api.get(SIX)[0] == 429
    api.now = 1000
    assert api.get(SIX) == (200, limits(6, 5, 10))


def test_keys_have_limits_of_their_own_or_none() -> None:
    api = Limited()
    assert [api.get(TWO)[0] for _ in range(3)] == [200, 200, 429]
    assert [api.get(SIX)[0] for _ in range(3)] == [200, 200, 200]
    assert [api.get(FREE) for _ in range(9)] == [(200, {})] * 9
    assert [api.get(None) for _ in range(9)] == [(200, {})] * 9


@pytest.mark.parametrize("path, shape", [("/v1/symbols", "type"), ("/symbols", "detail")])
def test_too_many_requests_are_told_in_the_shape_of_the_path(
    serve: Serve, fresh_database: str, path: str, shape: str
) -> None:
    api = serve(api_keys="required")
    make_key(fresh_database, rate=1)
    make_key(fresh_database, "ben", OTHER)
    assert api.get(path, headers=bearer()).headers["ratelimit-remaining"] == "0"
    refused = api.get(path, headers=bearer(KEY))
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert shape in refused.json()
    assert "This API key has used its requests of this minute, 1" in refused.text
    assert "ratelimit-limit" not in api.get(path, headers=bearer(OTHER)).headers
    assert api.get("/health", headers=bearer()).status_code == 200
