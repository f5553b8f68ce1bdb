"""HEAD and OPTIONS work for every path that GET has."""

import httpx
import pytest

from api.app import routes
from api.settings import ApiSettings
from tests.api.store import Store, minutes

PATHS = sorted(route.path for route in routes(ApiSettings()) if "{" not in route.path)


@pytest.mark.parametrize("path", ["/v1/bars?symbols=A", "/symbols", "/", "/health"])
def test_head_has_the_headers_of_get_and_no_body(
    api: httpx.Client, store: Store, path: str
) -> None:
    store.ticks("A", minutes(100))
    whole, head = api.get(path), api.head(path)
    assert head.status_code == whole.status_code == 200
    assert head.content == b""
    same = ("content-type", "content-length", "etag", "cache-control", "vary", "content-encoding")
    for name in same:
        assert head.headers.get(name) == whole.headers.get(name), name


def test_head_of_what_does_not_exist_is_404(api: httpx.Client) -> None:
    assert api.head("/nope").status_code == 404
    assert api.head("/v1/bars").status_code == 422


def test_options_need_no_parameters(api: httpx.Client) -> None:
    assert "/v1/bars" in PATHS
    for path in PATHS:
        answer = api.options(path)
        assert (answer.status_code, answer.content) == (204, b""), path
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS", path
    assert api.options("/v1/bars?nonsense=1").status_code == 204
    assert api.options("/nope").status_code == 404


def test_other_methods_are_told_what_is_allowed(api: httpx.Client) -> None:
    answer = api.post("/v1/bars")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.json()["title"] == "Method Not Allowed"
    legacy = api.post("/symbols")
    assert legacy.json()["detail"]["error"]["message"] == "Method Not Allowed"


def test_head_is_counted_under_its_route(api: httpx.Client) -> None:
    api.head("/symbols")
    assert 'requests_total{method="HEAD",route="/symbols",status="200"} 1' in (
        api.get("/metrics").text
    )
