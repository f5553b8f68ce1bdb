"""API keys: in the headers that clients can set, never in the URL; cached, but not for long."""

import asyncio
import base64
from hashlib import sha256
from typing import Any

import httpx
import psycopg
import pytest

from api.app import DIALECTS
from api.errors import Unavailable
from api.http.credentials import offered
from api.http.keys import MISSING, WRONG, asks_for_keys
from api.http.refusals import Dialect
from api.known_keys import AWAY_SECONDS, LOOKUPS_PER_SECOND, UNKNOWN_KEYS, KnownKeys
from api.serve import report_keys
from api.settings import ApiSettings
from db.connect import DatabaseAway
from db.errors import SettingsError
from stack.database import Database
from tests.api.conftest import Serve
from tests.api.keys import KEY, OTHER, bearer, make_key, revoke
from tests.support import wait_until


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"bearer   {KEY}"},
        {"Authorization": basic("anybody", KEY)},
        {"Authorization": basic(KEY, "")},
        {"APCA-API-KEY-ID": "PK123", "APCA-API-SECRET-KEY": KEY},
        {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": "secret"},
        {"X-MBX-APIKEY": KEY},
        {"X-API-Key": KEY},
        {"Cookie": f"theme=dark; stockpulse_key={KEY}"},
        {"Authorization": basic("proxy", "its password"), "X-API-Key": KEY},
    ],
    ids=lambda headers: " ".join(headers),
)
def test_key_is_found_in_the_headers_of_every_client(headers: dict[str, str]) -> None:
    assert offered([(k.lower().encode(), v.encode()) for k, v in headers.items()]) == [KEY]


@pytest.mark.parametrize(
    "name, value",
    [
        ("authorization", KEY),
        ("authorization", f"Token {KEY}"),
        ("authorization", f"Bearer {KEY}x"),
        ("authorization", "Basic nonsense"),
        ("authorization", "Bearer"),
        ("x-api-key", "sp_short"),
        ("cookie", f"other={KEY}"),
        ("x-api-key", "sp_" + "ä" * 43),
    ],
)
def test_what_is_no_key_is_not_looked_up(name: str, value: str) -> None:
    assert offered([(name.encode(), value.encode())]) == []


@pytest.mark.parametrize(
    "mode, host, asks",
    [
        ("auto", "127.0.0.1", False),
        ("auto", "127.0.0.2", False),
        ("auto", "::1", False),
        ("auto", "::ffff:127.0.0.1", False),
        ("auto", "localhost", False),
        ("auto", "0.0.0.0", True),
        ("auto", "::", True),
        ("auto", "192.168.1.5", True),
        ("auto", "fe80::1%eth0", True),
        ("auto", "charts", True),
        ("off", "0.0.0.0", False),
        ("required", "127.0.0.1", True),
    ],
)
def test_keys_are_asked_for_beyond_this_machine_unless_a_setting_says_otherwise(
    mode: str, host: str, asks: bool
) -> None:
    assert asks_for_keys(ApiSettings(api_keys=mode, api_host=host)) == asks


@pytest.mark.parametrize(
    "mode, host, level, words",
    [
        ("auto", "127.0.0.1", "INFO", "API keys off"),
        ("auto", "0.0.0.0", "INFO", "make one with stockpulse keys create NAME"),
        ("off", "0.0.0.0", "WARNING", "all who reach the address can read"),
    ],
)
def test_start_says_in_one_line_whether_keys_are_needed(
    caplog: pytest.LogCaptureFixture, mode: str, host: str, level: str, words: str
) -> None:
    caplog.set_level("INFO")
    report_keys(ApiSettings(api_keys=mode, api_host=host))
    assert [record.levelname for record in caplog.records] == [level]
    assert words in caplog.text


def test_misspelt_mode_is_an_error() -> None:
    with pytest.raises(SettingsError, match="must be auto, required or off"):
        asks_for_keys(ApiSettings(api_keys="on"))


class Keys:
    """A database of keys that counts what it is asked, and a clock."""

    def __init__(self) -> None:
        self.rows: dict[str, Any] = {KEY: ("ada", 600)}
        self.asked = 0
        self.away = False
        self.now = 1000.0
        self.known = KnownKeys(self.fetch, lambda: self.now)
        self.digests = {sha256(key.encode()).digest(): key for key in (KEY, OTHER)}

    async def fetch(self, _statement: str, *, key_sha256: bytes) -> Any:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise DatabaseAway("gone")
        return self.rows.get(self.digests.get(key_sha256, ""))

    async def name(self, key: str = KEY) -> str | None:
        found = await self.known.find(key)
        return found.name if found else None


def test_known_key_costs_one_question_per_some_seconds_for_any_number_of_requests() -> None:
    async def check() -> None:
        keys = Keys()
        assert await asyncio.gather(*(keys.name() for _ in range(50))) == ["ada"] * 50
        assert keys.asked == 1
        keys.now += 10
        assert await asyncio.gather(*(keys.name() for _ in range(50))) == ["ada"] * 50
        assert keys.asked == 2

    asyncio.run(check())


def test_revoked_key_is_refused_within_five_seconds_even_if_it_is_used_all_the_time() -> None:
    async def check() -> None:
        keys = Keys()
        assert await keys.name() == "ada"
        keys.rows.clear()
        names = []
        for _ in range(10):
            keys.now += 0.5
            names.append(await keys.name())
            await asyncio.sleep(0.01)  # lets a look-up in the background end
        assert names[-1] is None
        assert names == sorted(names, key=lambda name: name is None)

    asyncio.run(check())


def test_unknown_keys_are_asked_for_once_and_a_bounded_number_a_second(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def check() -> None:
        keys = Keys()
        assert [await keys.name(OTHER) for _ in range(100)] == [None] * 100
        assert keys.asked == 1
        outcomes = []
        for n in range(UNKNOWN_KEYS // 100):
            try:
                outcomes.append(await keys.name(f"sp_{n:043}"))
            except Unavailable:
                outcomes.append("refused")
        assert keys.asked == LOOKUPS_PER_SECOND
        assert outcomes.count(None) == LOOKUPS_PER_SECOND - 1
        assert await keys.name(OTHER) is None  # known to be unknown
        keys.now += 1
        assert await keys.name() == "ada"

    asyncio.run(check())
    assert caplog.text.count("many unknown API keys are tried") == 1


def test_key_that_was_made_after_it_was_tried_is_found_some_seconds_later() -> None:
    async def check() -> None:
        keys = Keys()
        assert await keys.name(OTHER) is None
        keys.rows[OTHER] = ("ben", None)
        keys.now += 3.1
        assert [await keys.name(OTHER) for _ in range(2)] == ["ben", "ben"]

    asyncio.run(check())


def test_known_keys_outlast_the_database_for_minutes_and_others_get_503() -> None:
    async def check() -> None:
        keys = Keys()
        assert await keys.name() == "ada"
        keys.away = True
        for _ in range(int(AWAY_SECONDS) - 1):
            keys.now += 1
            assert await keys.name() == "ada"
            with pytest.raises(Unavailable):
                await keys.name(OTHER)
        keys.now += 2
        with pytest.raises(Unavailable):
            await keys.name()
        keys.away = False
        keys.now += 2
        assert await keys.name() == "ada"
        assert await keys.name(OTHER) is None

    asyncio.run(check())


@pytest.fixture
def guarded(serve: Serve) -> httpx.Client:
    """A client of an API that asks for keys."""
    return serve(api_keys="required")


PATHS = ("/v1/symbols", "/symbols", "/metrics", "/nope", "/openapi.json", "/", "/api/v1/ping")


@pytest.mark.parametrize("headers, word", [({}, "Send an API key"), (bearer(OTHER), "not valid")])
def test_without_a_valid_key_nothing_is_told(
    guarded: httpx.Client, headers: dict[str, str], word: str
) -> None:
    for path in PATHS:
        answer = guarded.get(path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer ")
        assert word in answer.text
    assert guarded.get("/v1/x").headers["content-type"] == "application/problem+json"
    assert guarded.get("/symbols").json()["detail"]["error"]["code"] == "NO_KEY"
    head = guarded.head("/v1/symbols")
    assert (head.status_code, head.content) == (401, b"")


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.prefix or "others")
def test_refusal_has_the_shape_of_every_dialect(guarded: httpx.Client, dialect: Dialect) -> None:
    answer = guarded.get(f"{dialect.prefix}/x")
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith(dialect.media_type)
    assert MISSING in answer.text
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("text", ["wrong", KEY + "x", KEY[:-1], KEY])
def test_refusal_says_whether_a_key_was_sent(guarded: httpx.Client, text: str) -> None:
    assert WRONG in guarded.get("/v1/symbols", headers=bearer(text)).text
    assert MISSING in guarded.get("/v1/symbols").text


def test_key_in_the_url_opens_nothing(guarded: httpx.Client, fresh_database: str) -> None:
    key = make_key(fresh_database)
    for name in ("key", "api_key", "apikey", "token", "access_token"):
        assert guarded.get("/v1/symbols", params={name: key}).status_code == 401


def test_valid_key_opens_everything(guarded: httpx.Client, fresh_database: str) -> None:
    make_key(fresh_database)
    for path in ("/v1/symbols", "/symbols", "/metrics", "/", "/openapi.json"):
        assert guarded.get(path, headers=bearer()).status_code == 200
    assert guarded.get("/nope", headers=bearer()).status_code == 404
    for headers in ({"X-MBX-APIKEY": KEY}, {"APCA-API-KEY-ID": "a", "APCA-API-SECRET-KEY": KEY}):
        assert guarded.get("/v1/symbols", headers=headers).status_code == 200
    assert guarded.get("/v1/symbols", auth=("pandas", KEY)).status_code == 200


def test_state_of_the_service_needs_no_key(guarded: httpx.Client) -> None:
    assert guarded.get("/health").status_code == 200
    for path in ("/health/live", "/health/ready", "/ready", "/version"):
        assert guarded.get(path).status_code != 401
    for path in ("/health/../v1/symbols", "/health/x", "//health", "/version/../symbols"):
        assert guarded.get(path).status_code == 401


def test_revoked_key_is_refused_soon(guarded: httpx.Client, fresh_database: str) -> None:
    make_key(fresh_database)
    assert guarded.get("/v1/symbols", headers=bearer()).status_code == 200
    revoke(fresh_database)
    wait_until(
        lambda: guarded.get("/v1/symbols", headers=bearer()).status_code == 401,
        "the key is refused",
        seconds=5,
    )


def test_without_the_database_unknown_keys_get_503_and_health_says_why(
    serve: Serve, fresh_database: str, database: Database
) -> None:
    if database.server is None:
        pytest.skip("needs a database that the tests started: this one was given")
    api = serve(api_keys="required")
    make_key(fresh_database)
    assert api.get("/api/v1/ping", headers=bearer()).status_code == 200
    database.stop()
    try:
        assert api.get("/api/v1/ping", headers=bearer()).status_code == 200
        refused = api.get("/v1/symbols", headers=bearer(OTHER))
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        assert api.get("/v1/symbols").status_code == 401
    finally:
        database.start()
    wait_until(
        lambda: api.get("/v1/symbols", headers=bearer(OTHER)).status_code == 401,
        "unknown keys are looked up again",
    )
    assert api.get("/v1/symbols", headers=bearer()).status_code == 200


def test_look_ups_wait_for_no_other_request(serve: Serve, fresh_database: str) -> None:
    """The pool's only connection waits for a lock; the key is found beside it."""
    api = serve(api_keys="required", api_pool_size=1, api_timeout_ms=3_000)
    make_key(fresh_database)
    with psycopg.connect(fresh_database) as conn, httpx.Client(base_url=api.base_url) as other:
        conn.execute("lock table market.instruments in access exclusive mode")
        with pytest.raises(httpx.ReadTimeout):
            other.get("/v1/symbols", headers=bearer(), timeout=0.5)
        assert api.get("/api/v1/ping", headers=bearer()).status_code == 200
        assert api.get("/api/v1/ping", headers=bearer(OTHER)).status_code == 401


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_browser_is_led_to_the_login_and_back(guarded: httpx.Client, fresh_database: str) -> None:
    make_key(fresh_database)
    asked = guarded.get("/v1/symbols?limit=5&source=sim", headers=BROWSER)
    assert asked.status_code == 303
    assert asked.headers["location"] == "/login?next=/v1/symbols%3Flimit%3D5%26source%3Dsim"
    page = guarded.get(asked.headers["location"], headers=BROWSER)
    assert page.status_code == 200
    assert 'value="/v1/symbols?limit=5&amp;source=sim"' in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    for asset in ("login.css", "icon.svg"):
        assert f"/assets/{asset}" in page.text
        assert guarded.get(f"/assets/{asset}").status_code == 200
    wrong = guarded.post("/login", data={"key": OTHER, "next": "/chart"})
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
    assert "not a valid key" in wrong.text
    assert OTHER not in wrong.text
    right = guarded.post("/login", data={"key": f" {KEY} ", "next": "/chart"})
    assert (right.status_code, right.headers["location"]) == (303, "/chart")
    cookie = right.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie  # over http a browser would drop it
    assert guarded.get("/chart", headers=BROWSER).status_code == 200  # the client sends the cookie
    out = guarded.post("/logout")
    assert (out.status_code, out.headers["location"]) == (303, "/login")
    assert guarded.get("/chart").status_code == 401


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "", "/a\r\nX: y"]
)
def test_login_leads_to_no_other_server(
    guarded: httpx.Client, fresh_database: str, target: str
) -> None:
    make_key(fresh_database)
    answer = guarded.post("/login", data={"key": KEY, "next": target})
    assert answer.headers["location"] == "/"
    assert 'value="/"' in guarded.get("/login", params={"next": target}).text


def test_cookie_is_for_https_alone_where_the_proxy_speaks_it(
    guarded: httpx.Client, fresh_database: str
) -> None:
    make_key(fresh_database)
    answer = guarded.post("/login", data={"key": KEY}, headers={"X-Forwarded-Proto": "https"})
    assert "secure" in answer.headers["set-cookie"].lower()


def test_without_keys_the_login_leads_to_the_chart(api: httpx.Client) -> None:
    answer = api.get("/login")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert api.get("/v1/symbols", headers=bearer("nonsense")).status_code == 200


def test_proxy_in_front_of_an_open_api_is_warned_of_once(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    api, told = serve(), serve(api_keys="off")
    forwarded = {"X-Forwarded-For": "192.0.2.7"}
    for _ in range(3):
        assert told.get("/version", headers=forwarded).status_code == 200
        assert api.get("/version").status_code == 200
    assert "proxy" not in caplog.text
    for _ in range(3):
        assert api.get("/version", headers=forwarded).status_code == 200
    assert caplog.text.count("a proxy forwards requests") == 1
