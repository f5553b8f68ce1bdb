"""Pages of other origins may read answers as the setting says; answers to cookies only if named."""

import httpx
import pytest

from api.app import create_app
from api.settings import ApiSettings
from db.errors import SettingsError
from tests.api.conftest import Serve
from tests.api.keys import KEY, bearer, make_key

PAGE = {"Origin": "https://charts.example.com"}
PREFLIGHT = PAGE | {
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "authorization,x-mbx-apikey,x-own",
}


def allowed(answer: httpx.Response) -> str | None:
    return answer.headers.get("access-control-allow-origin")


def test_any_origin_may_read_by_default_and_sees_the_headers_of_limits(api: httpx.Client) -> None:
    answer = api.get("/v1/symbols", headers=PAGE)
    assert allowed(answer) == "*"
    exposed = answer.headers["access-control-expose-headers"]
    for name in ("X-Request-ID", "RateLimit-Remaining", "Retry-After", "StockPulse-Replay-Lag"):
        assert name in exposed
    assert "access-control-allow-credentials" not in answer.headers
    assert allowed(api.get("/v1/bars", headers=PAGE)) == "*"  # a 422: pages read errors too


def test_preflight_needs_no_key_and_allows_the_headers_with_keys(serve: Serve) -> None:
    api = serve(api_keys="required")
    for path in ("/v1/symbols", "/nope"):
        answer = api.options(path, headers=PREFLIGHT)
        assert (answer.status_code, answer.content, allowed(answer)) == (204, b"", "*")
        assert answer.headers["access-control-allow-headers"] == "authorization,x-mbx-apikey,x-own"
        assert "GET" in answer.headers["access-control-allow-methods"]
        assert int(answer.headers["access-control-max-age"]) > 0
    plain = api.options("/v1/symbols", headers={**PAGE, "Access-Control-Request-Method": "GET"})
    for name in ("Authorization", "APCA-API-SECRET-KEY", "X-MBX-APIKEY", "X-API-Key"):
        assert name in plain.headers["access-control-allow-headers"]


def test_page_of_another_origin_reads_that_a_key_is_missing(serve: Serve) -> None:
    answer = serve(api_keys="required").get("/v1/symbols", headers=PAGE)
    assert (answer.status_code, allowed(answer)) == (401, "*")


def test_answers_to_the_cookie_are_not_for_any_origin(serve: Serve, fresh_database: str) -> None:
    api = serve(api_keys="required")
    make_key(fresh_database)
    cookie = {"Cookie": f"stockpulse_key={KEY}"}
    answer = api.get("/v1/symbols", headers=PAGE | cookie)
    assert (answer.status_code, allowed(answer)) == (200, None)
    assert allowed(api.get("/v1/symbols", headers=PAGE | bearer())) == "*"


def test_only_origins_of_the_setting_may_read_also_with_a_cookie(serve: Serve) -> None:
    api = serve(api_cors_origins=("https://charts.example.com", "http://localhost:3000"))
    answer = api.get("/v1/symbols", headers=PAGE)
    assert allowed(answer) == PAGE["Origin"]
    assert answer.headers["access-control-allow-credentials"] == "true"
    for origin in ("https://evil.example", "https://charts.example.com.evil.example", "null"):
        other = api.get("/v1/symbols", headers={"Origin": origin})
        assert (other.status_code, allowed(other)) == (200, None)
        refused = api.options("/v1/symbols", headers=PREFLIGHT | {"Origin": origin})
        assert allowed(refused) is None
        assert "access-control-allow-headers" not in refused.headers
        assert "Origin" in other.headers["vary"]
    assert "Origin" in answer.headers["vary"]
    assert allowed(api.options("/v1/symbols", headers=PREFLIGHT)) == PAGE["Origin"]


def test_no_other_origin_reads_if_the_setting_is_none(serve: Serve) -> None:
    api = serve(api_cors_origins=("none",))
    assert allowed(api.get("/v1/symbols", headers=PAGE)) is None
    assert allowed(api.options("/v1/symbols", headers=PREFLIGHT)) is None


@pytest.mark.parametrize(
    "origins",
    [
        ("*", "https://a.example"),
        ("none", "*"),
        ("a.example",),
        ("https://a.example/x",),
        ("https://*.a.example",),
        ("https://a example",),
    ],
)
def test_what_is_no_origin_is_an_error(origins: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError, match="STOCKPULSE_API_CORS_ORIGINS"):
        create_app(ApiSettings(api_cors_origins=origins))


def test_origins_count_as_browsers_send_them(serve: Serve) -> None:
    api = serve(api_cors_origins=("https://Charts.example:443", "http://[::1]:3000"))
    for origin in ("https://charts.example", "http://[::1]:3000"):
        assert allowed(api.get("/v1/symbols", headers={"Origin": origin})) == origin
