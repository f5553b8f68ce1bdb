"""Requests are counted, timed and traced, and allowed from pages of any origin."""

import httpx

from tests.api.store import Store, Tick, minute


def _values(api: httpx.Client) -> dict[str, float]:
    lines = api.get("/metrics").text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_requests_are_counted_by_route_and_status(api: httpx.Client, store: Store) -> None:
    store.ticks("A", [Tick(minute(1), "1")])
    for symbol in ("A", "A", "NOPE"):
        api.get("/ticks/summary", params={"symbol": symbol})
    values = _values(api)
    requests = 'stockpulse_api_requests_total{method="GET",route="/ticks/summary",status="%d"}'
    assert (values[requests % 200], values[requests % 404]) == (2, 1)
    seconds = 'stockpulse_api_request_seconds_count{method="GET",route="/ticks/summary"}'
    assert values[seconds] == 3


def test_the_pool_is_visible(api: httpx.Client) -> None:
    api.get("/symbols")
    values = _values(api)
    assert values["stockpulse_api_pool_connections"] >= 1
    assert values["stockpulse_api_pool_waiting"] == 0


def test_unknown_paths_add_no_time_series(api: httpx.Client) -> None:
    for number in range(20):
        api.get(f"/invented/{number}")
        api.get(f"/assets/{number}")
    assert not [name for name in _values(api) if "invented" in name or "assets/1" in name]


def test_unknown_paths_are_counted(api: httpx.Client) -> None:
    def count() -> float:
        return sum(
            value
            for name, value in _values(api).items()
            if name.startswith("stockpulse_api_requests_total{") and 'status="404"' in name
        )

    before = count()
    for path in ("/invented", "/v1/invented", "/alpaca/v2/invented", "/udf/invented"):
        assert api.get(path).status_code == 404
    assert count() - before == 4


def test_request_id_of_the_client_is_kept_if_it_is_safe(api: httpx.Client) -> None:
    given = api.get("/health", headers={"X-Request-ID": "trace-1.a_B"})
    assert given.headers["x-request-id"] == "trace-1.a_B"
    for unsafe in ("x" * 65, "a b", '"><script>'):
        assert (
            api.get("/health", headers={"X-Request-ID": unsafe}).headers["x-request-id"] != unsafe
        )
    assert api.get("/health").headers["x-request-id"] != api.get("/health").headers["x-request-id"]


def test_pages_of_other_origins_may_read(api: httpx.Client) -> None:
    answer = api.get("/symbols", headers={"Origin": "https://chart.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
