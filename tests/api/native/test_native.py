"""The native API: windows, limits, order, and errors that name the field."""

from typing import Any

import httpx
import pytest

from tests.api.store import NOON, Store, Tick, at, iso, minute, minutes


def bars(api: httpx.Client, **params: Any) -> dict[str, list[str]]:
    """Returns the start of each bar, HH:MM, by symbol."""
    answer = api.get("/v1/bars", params=params)
    assert answer.status_code == 200, answer.text
    return {
        symbol: [bar["t"][11:16] for bar in found]
        for symbol, found in answer.json()["bars"].items()
    }


def test_bars_have_alpacas_shape(api: httpx.Client, store: Store) -> None:
    store.ticks(
        "AAPL",
        [
            Tick(at("12:00:00"), "10", "1"),
            Tick(at("12:00:20"), "13", "2"),
            Tick(at("12:00:40"), "9", "3"),
            Tick(at("12:00:59.999999"), "11.50", "4"),
        ],
    )
    # vw = (10 * 1 + 13 * 2 + 9 * 3 + 11.50 * 4) / 10 = 109 / 10
    assert api.get("/v1/bars", params={"symbols": "AAPL"}).text == (
        '{"bars":{"AAPL":[{"t":"2026-02-27T12:00:00Z","o":10,"h":13,"l":9,"c":11.50,"v":10,"n":4,'
        '"vw":10.9,"final":true}]},"next_page_token":null}'
    )


def test_a_series_without_sizes_has_volume_zero_and_no_average(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("EUR/USD", [Tick(NOON, "1.08425", None)])
    bar = api.get("/v1/bars", params={"symbols": "EUR/USD"}).json()["bars"]["EUR/USD"][0]
    assert (bar["v"], bar["n"], bar["vw"]) == (0, 1, None)


def test_the_window_is_half_open(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(5))
    window = {"symbols": "A", "start": iso(at("12:01:00")), "end": iso(at("12:03:00"))}
    assert bars(api, **window) == {"A": ["12:01", "12:02"]}
    assert bars(api, **window | {"start": "2026-02-27T12:00:00.000001Z"}) == {
        "A": ["12:01", "12:02"]
    }
    assert bars(api, **window | {"end": window["start"]}) == {}


@pytest.mark.parametrize(
    "start",
    [
        "2026-02-27T12:02:00Z",
        "2026-02-27t12:02:00z",
        "2026-02-27 12:02:00+00:00",
        "2026-02-27T12:02:00.000000000Z",
        "2026-02-27T13:02:00+01:00",
        "2026-02-27T07:32:00-04:30",
    ],
)
def test_times_are_taken_in_any_zone(api: httpx.Client, store: Store, start: str) -> None:
    store.ticks("A", minutes(4))
    assert bars(api, symbols="A", start=start) == {"A": ["12:02", "12:03"]}


def test_a_plus_that_was_not_encoded_is_still_a_plus(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(4))
    answer = api.get("/v1/bars?symbols=A&start=2026-02-27T13:03:00+01:00")
    assert [bar["t"] for bar in answer.json()["bars"]["A"]] == ["2026-02-27T12:03:00Z"]


def test_a_date_means_its_midnight(api: httpx.Client, store: Store) -> None:
    store.ticks("A", [Tick(at("00:00:00"), "1"), Tick(at("23:59:00"), "2")])
    assert bars(api, symbols="A", start="2026-02-27", end="2026-02-28") == {"A": ["00:00", "23:59"]}
    assert bars(api, symbols="A", end="2026-02-27") == {}


def test_without_a_start_the_newest_bars_come_in_ascending_order(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("A", minutes(10))
    assert bars(api, symbols="A", limit=3) == {"A": ["12:07", "12:08", "12:09"]}
    end = iso(at("12:05:00"))
    assert bars(api, symbols="A", limit=2, end=end) == {"A": ["12:03", "12:04"]}


def test_the_newest_bars_are_counted_over_all_symbols(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(3))
    store.ticks("B", minutes(3, start=2))
    # newest first: B 12:04, B 12:03, then A and B 12:02, of which A comes first
    assert bars(api, symbols="B,A", limit=3) == {"A": ["12:02"], "B": ["12:03", "12:04"]}
    assert bars(api, symbols="A,B", limit=2) == {"B": ["12:03", "12:04"]}


def test_the_limit_counts_bars_over_all_symbols(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(3))
    store.ticks("B", minutes(3))
    window = {"symbols": "B,A", "start": "2026-02-27"}
    assert bars(api, **window, limit=4) == {"A": ["12:00", "12:01", "12:02"], "B": ["12:00"]}
    assert list(api.get("/v1/bars", params=window).json()["bars"]) == ["A", "B"]


def test_bars_far_apart_are_found(api: httpx.Client, store: Store) -> None:
    store.ticks("A", [Tick(at("12:00:00").replace(year=year), "1") for year in (2003, 2015, 2026)])
    answer = api.get("/v1/bars", params={"symbols": "A", "limit": 2}).json()
    assert [bar["t"][:4] for bar in answer["bars"]["A"]] == ["2015", "2026"]
    answer = api.get("/v1/bars", params={"symbols": "A", "start": "1990-01-01", "limit": 2}).json()
    assert [bar["t"][:4] for bar in answer["bars"]["A"]] == ["2003", "2015"]


@pytest.mark.parametrize(
    "timeframe, starts",
    [
        ("1m", ["00:00", "04:59", "11:59", "12:00", "23:59"]),
        ("5m", ["00:00", "04:55", "11:55", "12:00", "23:55"]),
        ("15m", ["00:00", "04:45", "11:45", "12:00", "23:45"]),
        ("30m", ["00:00", "04:30", "11:30", "12:00", "23:30"]),
        ("1h", ["00:00", "04:00", "11:00", "12:00", "23:00"]),
        ("4h", ["00:00", "04:00", "08:00", "12:00", "20:00"]),
        ("12h", ["00:00", "12:00"]),
        ("1d", ["00:00"]),
    ],
)
def test_every_timeframe_starts_its_bars_at_utc_midnight(
    api: httpx.Client, store: Store, timeframe: str, starts: list[str]
) -> None:
    times = ("00:00:00", "04:59:59", "11:59:59.999999", "12:00:00", "23:59:00")
    store.ticks("A", [Tick(at(time), "1") for time in times])
    for order in ({}, {"start": "2026-02-27"}, {"sort": "desc"}):
        found = bars(api, symbols="A", timeframe=timeframe, **order)["A"]
        assert sorted(found) == starts
    latest = api.get("/v1/bars/latest", params={"symbols": "A", "timeframe": timeframe}).json()
    assert latest["bars"]["A"]["t"][11:16] == starts[-1]


def test_latest_is_one_bar_per_symbol(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(3))
    store.ticks("B", minutes(2))
    assert api.get("/v1/bars/latest", params={"symbols": "B,A,NOPE"}).text == (
        '{"bars":{'
        '"A":{"t":"2026-02-27T12:02:00Z","o":3,"h":3,"l":3,"c":3,"v":1,"n":1,"vw":3,"final":true},'
        '"B":{"t":"2026-02-27T12:01:00Z","o":2,"h":2,"l":2,"c":2,"v":1,"n":1,"vw":2,"final":true}}}'
    )


def test_symbols_have_their_reference_data(api: httpx.Client, store: Store) -> None:
    store.ticks("AAPL", [Tick(NOON, "1")])
    store.execute(
        "update market.instruments set asset_class = 'equity', quote = 'USD', price_scale = 2,"
        " first_seen_at = '2026-02-27 12:00:00.5+00', last_seen_at = '2026-02-27 12:01:00+00'"
    )
    assert api.get("/v1/symbols").text == (
        '{"symbols":[{"symbol":"AAPL","asset_class":"equity","base":null,"quote":"USD",'
        '"price_scale":2,"primary_source":null,"calendar":null,"aliases":[],'
        '"first_seen_at":"2026-02-27T12:00:00.5Z","last_seen_at":"2026-02-27T12:01:00Z"}],'
        '"next_page_token":null}'
    )


def test_an_unknown_symbol_among_known_ones_is_absent(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(1))
    assert bars(api, symbols="A,NOPE") == {"A": ["12:00"]}
    assert bars(api, symbols="A", end="2001-01-01") == {}


@pytest.mark.parametrize("path", ["/v1/bars", "/v1/bars/latest"])
@pytest.mark.parametrize("more", [{}, {"symbols": "NOPE,NEITHER"}])
def test_only_unknown_symbols_are_a_problem(
    api: httpx.Client, path: str, more: dict[str, str]
) -> None:
    answer = api.get(path, params={"symbols": "NOPE"} | more)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.pop("request_id") == answer.headers["x-request-id"]
    names = "NEITHER or NOPE" if more else "NOPE"
    assert problem == {
        "type": "urn:stockpulse:problem:unknown-symbol",
        "title": "No such symbol",
        "status": 404,
        "detail": f"no symbol {names} has been stored",
        "field": "symbols",
    }


@pytest.mark.parametrize(
    "field, value",
    [
        ("symbols", ""),
        ("symbols", "A,,B"),
        ("symbols", "A,"),
        ("symbols", "A,B\x00"),
        ("symbols", "x" * 129),
        ("symbols", ",".join(f"S{n}" for n in range(101))),
        ("timeframe", ""),
        ("timeframe", "7m"),
        ("timeframe", "5M"),
        ("price", ""),
        ("price", "last"),
        ("adjustment", "all"),
        ("limit", "0"),
        ("limit", "10001"),
        ("limit", "-1"),
        ("limit", "many"),
        ("sort", "up"),
        ("start", ""),
        ("start", "yesterday"),
        ("start", "2026-02-30"),
        ("start", "2026-02-27T12:00:00"),
        ("start", "2026-02-27T25:00:00Z"),
        ("start", "1e3"),
        ("start", "-1"),
        ("start", "2026"),
        ("start", "20260227"),
        ("start", "2026-02-27T12:00:00Z\n"),
        ("end", "1772193600.5"),
        ("end", "\uff12026-02-27"),
        ("fill", "locf"),
        ("session", "extended"),
        ("coverage", "yes"),
        ("ts", "iso"),
        ("tz", "EST5EDT"),
        ("tz", "+02:00"),
        ("decimals", "text"),
        ("feed", "bloomberg"),
        ("asof", "yesterday"),
        ("currency", "usd"),
        ("timeframe", "48h"),
        ("source", ""),
        ("source", "a\tb"),
        ("interval", "1m"),
        ("state", "x"),
    ],
)
def test_a_problem_names_the_field_at_fault(api: httpx.Client, field: str, value: str) -> None:
    answer = api.get("/v1/bars", params={"symbols": "A"} | {field: value})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["field"] == field
    assert problem["detail"].startswith(field)
    assert problem["type"] == "urn:stockpulse:problem:invalid-parameter"
    assert problem["status"] == 422


@pytest.mark.parametrize(
    ("sent", "hint"),
    [
        ("symbol", "; did you mean symbols?"),
        ("Limit", "; did you mean limit?"),
        ("x" * 500, ", which has symbols, timeframe, start, end, "),
    ],
)
def test_an_unknown_parameter_is_refused_with_those_there_are(
    api: httpx.Client, sent: str, hint: str
) -> None:
    detail = api.get("/v1/bars", params={sent: "1"}).json()["detail"]
    assert detail.startswith(f"{sent[:128]} is not a parameter of this path{hint}")


def test_a_start_after_the_end_is_refused(api: httpx.Client) -> None:
    params = {"symbols": "A", "start": "2026-02-28", "end": "2026-02-27"}
    assert api.get("/v1/bars", params=params).json()["field"] == "start"


def test_missing_symbols_are_named(api: httpx.Client) -> None:
    for path in ("/v1/bars", "/v1/bars/latest"):
        assert api.get(path).json()["detail"] == "symbols is required"


def test_the_greatest_limit_is_honoured(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(1100))
    assert len(bars(api, symbols="A", limit=10_000)["A"]) == 1100
    assert len(bars(api, symbols="A")["A"]) == 1000


def test_bars_of_late_ticks_are_found_before_the_daily_candles_are_refreshed(
    api: httpx.Client, store: Store, database: Any
) -> None:
    if database.edition != "community":
        pytest.skip("needs TimescaleDB community: on apache all levels are refreshed together")
    store.ticks("A", [Tick(minute(5 * 1440), "1"), Tick(minute(1), "9")])
    store.make_candles("community")
    store.ticks("B", [Tick(minute(4 * 1440), "2")])
    store.execute(
        "call refresh_continuous_aggregate('ops.candles_1m', null, now(),"
        """ options => '{"buckets_per_batch": 0}')"""
    )
    answer = api.get("/v1/bars", params={"symbols": "B"}).json()
    assert [bar["c"] for bar in answer["bars"]["B"]] == [2]
    assert api.get("/v1/bars/latest", params={"symbols": "B"}).json()["bars"]["B"]["c"] == 2
    assert api.get("/bars/latest", params={"symbol": "B"}).json()["count"] == 1


def test_bars_remain_after_their_ticks_were_dropped(
    api: httpx.Client, store: Store, database: Any
) -> None:
    store.ticks("A", minutes(3))
    store.make_candles(database.edition)
    skip = (
        "set timescaledb.skip_cagg_invalidation = on; " if database.edition == "community" else ""
    )
    store.execute(f"{skip}select drop_chunks('market.trades', older_than => now())")
    assert bars(api, symbols="A") == {"A": ["12:00", "12:01", "12:02"]}
    assert api.get("/ticks/latest", params={"symbol": "A"}).json()["count"] == 0
    assert api.get("/v1/bars/latest", params={"symbols": "A"}).json()["bars"]["A"]["c"] == 3
