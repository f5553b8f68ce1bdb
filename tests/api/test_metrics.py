"""Requests can be counted, timed and traced, and read from any page."""

import httpx

from tests.api.store import Store, Tick, minute


def _figures(api: httpx.Client) -> dict[str, float]:
    lines = api.get("/metrics").text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_requests_are_counted_by_route_and_status(api: httpx.Client, store: Store) -> None:
    store.ticks("A", [Tick(minute(1), "1")])
    for symbol in ("A", "A", "NOPE"):
        api.get("/ticks/latest", params={"symbol": symbol})
    figures = _figures(api)
    requests = 'stockpulse_api_requests_total{method="GET",route="/ticks/latest",status="%d"}'
    assert (figures[requests % 200], figures[requests % 404]) == (2, 1)
    seconds = 'stockpulse_api_request_seconds_count{method="GET",route="/ticks/latest"}'
    assert figures[seconds] == 3


def test_the_pool_is_visible(api: httpx.Client) -> None:
    api.get("/symbols")
    figures = _figures(api)
    assert figures["stockpulse_api_pool_connections"] >= 1
    assert figures["stockpulse_api_pool_waiting"] == 0


def test_paths_that_anybody_invents_make_no_new_series(api: httpx.Client) -> None:
    for number in range(20):
        api.get(f"/invented/{number}")
        api.get(f"/assets/{number}")
    assert not [name for name in _figures(api) if "invented" in name or "assets/1" in name]


def test_a_request_keeps_its_id_if_it_is_tame(api: httpx.Client) -> None:
    given = api.get("/health", headers={"X-Request-ID": "trace-1.a_B"})
    assert given.headers["x-request-id"] == "trace-1.a_B"
    for wild in ("x" * 65, "a b", '"><script>'):
        assert api.get("/health", headers={"X-Request-ID": wild}).headers["x-request-id"] != wild
    assert api.get("/health").headers["x-request-id"] != api.get("/health").headers["x-request-id"]


def test_pages_elsewhere_may_read(api: httpx.Client) -> None:
    answer = api.get("/symbols", headers={"Origin": "https://chart.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
