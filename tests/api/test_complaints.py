"""Complaints of users of other APIs about bars, and what is answered here."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from tests.api.store import Store, Tick, at, iso, minute, minutes
from tests.db import feeds


def bars(api: httpx.Client, **params: Any) -> list[dict[str, Any]]:
    """Returns the bars of A."""
    answer = api.get("/v1/bars", params={"symbols": "A"} | params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["bars"].get("A", [])
    return found


def markers(store: Store, *sent: feeds.Marker) -> None:
    with psycopg.connect(store.url, autocommit=True) as conn:
        feeds.add(conn, *sent)


@pytest.fixture
def outage(store: Store, database: Any) -> Store:
    """Trades at 12:00, 12:01, 12:05 and 12:06; no feed from 12:02:30 to 12:05."""
    store.ticks("A", [Tick(at(f"12:0{n}:10"), str(n + 1)) for n in (0, 1, 5, 6)])
    store.make_candles(database.edition)
    markers(
        store,
        feeds.start("2026-02-27 12:00", "A"),
        feeds.end("2026-02-27 12:03:30"),
        feeds.start("2026-02-27 12:05", "A", session="two"),
        feeds.end("2026-02-27 12:08", session="two"),
    )
    return store


WINDOW = {"start": "2026-02-27T12:00:00Z", "end": "2026-02-27T12:08:00Z"}


def test_the_limit_counts_bars_that_are_returned_and_not_the_minutes_in_them(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("A", [Tick(at("12:00:00") + timedelta(minutes=10 * n), "1") for n in range(30)])
    found = bars(api, timeframe="1h", start="2026-02-27", limit=4)
    assert [bar["t"][11:16] for bar in found] == ["12:00", "13:00", "14:00", "15:00"]


def test_the_limit_counts_from_the_start_or_without_one_from_the_end(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("A", minutes(9))
    assert [bar["c"] for bar in bars(api, start="2026-02-27", limit=2)] == [1, 2]
    assert [bar["c"] for bar in bars(api, limit=2)] == [8, 9]


def test_history_is_not_cut_without_a_token_that_says_so(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(7))
    params: dict[str, Any] = {"symbols": "A", "start": "2026-02-27", "limit": 3}
    pages = []
    while True:
        answer = api.get("/v1/bars", params=params).json()
        pages.append([bar["c"] for bar in answer["bars"]["A"]])
        if answer["next_page_token"] is None:
            break
        params["page_token"] = answer["next_page_token"]
    assert pages == [[1, 2, 3], [4, 5, 6], [7]]


def test_bars_that_are_absent_and_bars_that_are_late_are_told_apart(
    api: httpx.Client, outage: Store
) -> None:
    found = bars(api, fill="null", coverage="true", **WINDOW)
    assert [(bar["t"][11:16], bar["c"], bar["n"], bar["coverage"]) for bar in found] == [
        ("12:00", 1, 1, "complete"),
        ("12:01", 2, 1, "complete"),
        ("12:02", None, 0, "no trades"),
        ("12:03", None, 0, "no feed"),
        ("12:04", None, 0, "no feed"),
        ("12:05", 6, 1, "complete"),
        ("12:06", 7, 1, "complete"),
        ("12:07", None, 0, "no trades"),
    ]


def test_a_minute_is_final_once_the_marker_of_its_feed_has_passed_it(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("A", [Tick(minute(4, 10), "1"), Tick(minute(3, 10), "2")])
    markers(store, feeds.start(f"{minute(5):%Y-%m-%d %H:%M}", "A"))
    markers(store, feeds.heartbeat(f"{minute(3, 30):%Y-%m-%d %H:%M:%S}"))
    assert [bar["final"] for bar in bars(api)] == [True, False]
    assert [bar["final"] for bar in bars(api, sort="desc")] == [False, True]
    markers(store, feeds.heartbeat(f"{minute(2):%Y-%m-%d %H:%M:%S}"))
    assert [bar["final"] for bar in bars(api)] == [True, True]


def test_the_newest_bar_comes_at_once_and_says_that_it_may_still_change(
    api: httpx.Client, store: Store
) -> None:
    now = datetime.now(UTC)
    store.ticks("A", [Tick(now - timedelta(days=400), "1"), Tick(now, "2")])
    newest = api.get("/v1/bars/latest", params={"symbols": "A", "timeframe": "1mo"}).json()
    assert (newest["bars"]["A"]["c"], newest["bars"]["A"]["final"]) == (2, False)
    assert [bar["final"] for bar in bars(api, timeframe="1mo")] == [True, False]


def test_no_flat_bars_are_invented_while_there_was_no_feed(
    api: httpx.Client, outage: Store
) -> None:
    found = bars(api, fill="previous", **WINDOW)
    assert [(bar["t"][11:16], bar["o"], bar["c"], bar["v"]) for bar in found] == [
        ("12:00", 1, 1, 1),
        ("12:01", 2, 2, 1),
        ("12:02", 2, 2, 0),
        ("12:03", None, None, None),
        ("12:04", None, None, None),
        ("12:05", 6, 6, 1),
        ("12:06", 7, 7, 1),
        ("12:07", 7, 7, 0),
    ]


def test_days_are_those_of_the_exchange(api: httpx.Client, store: Store, database: Any) -> None:
    # Thursday and Friday in New York, in winter: from 14:30 UTC, the Friday is a half day
    store.execute(
        "insert into market.sessions (calendar, session_date, open_at, close_at) values"
        " ('XNYS', '2026-02-26', '2026-02-26 14:30Z', '2026-02-26 21:00Z'),"
        " ('XNYS', '2026-02-27', '2026-02-27 14:30Z', '2026-02-27 18:00Z')"
    )
    times = ("13:00", "14:29", "14:30", "15:00", "17:59", "18:00", "20:00")
    store.ticks("A", [Tick(at(f"{time}:00"), str(n + 1)) for n, time in enumerate(times)])
    store.execute("update market.instruments set calendar = 'XNYS'")
    store.make_candles(database.edition)
    day = bars(api, timeframe="1d", session="regular", start="2026-02-20")
    assert [(bar["t"], bar["o"], bar["h"], bar["l"], bar["c"], bar["n"]) for bar in day] == [
        ("2026-02-27T14:30:00Z", 3, 5, 3, 5, 3)
    ]
    week = bars(api, timeframe="1w", session="regular")
    assert [(bar["t"], bar["o"], bar["c"]) for bar in week] == [("2026-02-26T14:30:00Z", 3, 5)]
    minute_bars = bars(api, session="regular")
    assert [bar["c"] for bar in minute_bars] == [3, 4, 5]
    # the first half of 14:00 is before the open, and none of it is in the bar
    hours = bars(api, timeframe="1h", session="regular", sort="desc")
    assert [(bar["t"][11:16], bar["o"]) for bar in hours] == [
        ("17:00", 5),
        ("15:00", 4),
        ("14:00", 3),
    ]


def test_minutes_are_adjusted_as_days_are(api: httpx.Client, store: Store) -> None:
    store.ticks("A", [Tick(at("12:00:00"), "100", "3"), Tick(at("12:01:00"), "50", "6")])
    store.execute(
        "insert into market.corporate_actions (instrument, ex_at, kind, numerator, denominator)"
        " values ('A', '2026-02-27 12:01Z', 'split', 2, 1)"
    )
    adjusted = {"adjustment": "split", "start": "2026-02-27"}
    assert [(bar["c"], bar["v"]) for bar in bars(api, **adjusted)] == [(50, 6), (50, 6)]
    day = bars(api, timeframe="1d", **adjusted)[0]
    assert (day["o"], day["c"], day["v"]) == (50, 50, 12)


def test_times_have_the_offset_that_a_zone_had_then(api: httpx.Client, store: Store) -> None:
    # New York put its clocks forward on 8 March 2026 at 07:00 UTC
    store.ticks("A", [Tick(datetime(2026, 3, 8, hour, 59, tzinfo=UTC), "1") for hour in (6, 7)])
    found = bars(api, tz="America/New_York", start="2026-03-08")
    assert [bar["t"] for bar in found] == ["2026-03-08T01:59:00-05:00", "2026-03-08T03:59:00-04:00"]
    day = bars(api, tz="Asia/Kathmandu", timeframe="1d", start="2026-03-08")
    assert [bar["t"] for bar in day] == ["2026-03-08T05:45:00+05:45"]


def test_a_far_page_is_found_by_its_key_and_nothing_is_counted(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("A", minutes(6))
    params = {"symbols": "A", "sort": "desc", "limit": 2}
    first = api.get("/v1/bars", params=params).json()
    assert set(first) == {"bars", "next_page_token"}
    store.ticks("A", [Tick(at("13:00:00"), "99")])  # newer than the first page
    second = api.get("/v1/bars", params=params | {"page_token": first["next_page_token"]}).json()
    assert [bar["c"] for bar in second["bars"]["A"]] == [4, 3]
    assert iso(at("12:02:00")) == second["bars"]["A"][-1]["t"]
