"""A client that has an answer already is told so; what was final may change, so it always asks."""

import httpx
import pytest

from api.http import revalidation
from tests.api.store import Store, Tick, minutes


@pytest.mark.parametrize(
    "known, is_known",
    [
        (b'W/"abc"', True),
        (b'"abc"', True),
        (b'"x", W/"abc"', True),
        (b"*", True),
        (b'W/"ab"', False),
        (b"abc", False),
        (b"", False),
    ],
)
def test_tags_are_compared_weakly(known: bytes, is_known: bool) -> None:
    answer = {b"etag": b'W/"abc"'}
    assert revalidation.is_known({b"if-none-match": known}, answer) is is_known


def test_the_same_answer_is_not_sent_again_and_another_one_is(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("A", minutes(3))
    path = "/v1/bars?symbols=A&start=2026-02-27"
    first = api.get(path)
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "Accept, Accept-Encoding"
    for encoding in ("identity", "gzip", "zstd"):
        headers = {"If-None-Match": tag, "Accept-Encoding": encoding}
        again = api.get(path, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["vary"] == "Accept, Accept-Encoding"
        assert "content-type" not in again.headers
        assert again.headers["x-request-id"]
        assert api.head(path, headers=headers).status_code == 304
    store.ticks("A", [Tick(minutes(1)[0].ts, "9")])  # an amendment of what was final
    changed = api.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


@pytest.mark.parametrize("path", ["/v1/bars?symbols=NOPE", "/nope", "/ticks/summary?symbol=A"])
def test_errors_have_no_tag(api: httpx.Client, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 404
    assert not {"etag", "cache-control"} & set(answer.headers)


@pytest.mark.parametrize("path", ["/metrics", "/health", "/health/live"])
def test_state_of_this_moment_is_not_stored(api: httpx.Client, path: str) -> None:
    answer = api.get(path)
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
