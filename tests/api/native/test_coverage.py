"""Answers say where bars are still to be made, and where there was no feed."""

import time
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import psycopg
import pytest

from tests.api.store import Store, Tick, at, iso, minute
from tests.db import feeds

OLD = minute(20 * 1440)
HOUR = timedelta(hours=1)


def day_of(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0)


@pytest.fixture
def waiting(store: Store, database: Any) -> None:
    """Bars of today are stored; trades of 20 days ago have come since."""
    if database.edition == "community":
        with psycopg.connect(store.url, autocommit=True) as conn:
            conn.execute("select _timescaledb_functions.stop_background_workers()")
    store.ticks("NEW", [Tick(minute(3), "1"), Tick(minute(2), "2")])
    store.make_candles(database.edition)
    store.ticks("OLD", [Tick(OLD, "7"), Tick(OLD + timedelta(minutes=1), "8")])
    if database.edition == "apache":  # as the loader does
        with psycopg.connect(store.url, autocommit=True) as conn:
            conn.execute(
                "insert into ops.candle_changes (kind, symbol, since, until)"
                " values ('trades', 'OLD', %s, %s)",
                [OLD, OLD + timedelta(minutes=2)],
            )


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("timeframe", ["1m", "3m", "1h", "1d"])
def test_bars_that_are_still_to_be_made_are_announced(
    api: httpx.Client, store: Store, database: Any, timeframe: str
) -> None:
    window = {"start": iso(OLD - HOUR), "end": iso(OLD + HOUR)}
    query = {"symbols": "OLD", "timeframe": timeframe} | window
    answer = api.get("/v1/bars", params=query).json()
    assert len(answer["pending"]) == 1
    assert answer["pending"][0]["start"] <= iso(OLD) < answer["pending"][0]["end"]
    latest = api.get("/v1/bars", params={"symbols": "NEW", "start": iso(minute(5))}).json()
    assert "pending" not in latest
    store.make_candles(database.edition)

    def made() -> bool:
        answer = api.get("/v1/bars", params=query | {"start": iso(day_of(OLD))}).json()
        assert "OLD" in answer["bars"]
        return "pending" not in answer

    deadline = time.monotonic() + 3  # the API keeps what it has read for a second
    while not made():
        assert time.monotonic() < deadline


@pytest.mark.usefixtures("waiting")
def test_coverage_tells_pending_from_complete(
    api: httpx.Client, store: Store, database: Any
) -> None:
    def states() -> list[tuple[str, str, str]]:
        answer = api.get("/v1/coverage", params={"symbols": "OLD", "timeframe": "1d"})
        assert answer.status_code == 200, answer.text
        return [
            (one["start"], one["end"], one["state"]) for one in answer.json()["coverage"]["OLD"]
        ]

    before = states()
    assert before[0][2] == "pending"
    assert before[0][0] == iso(day_of(OLD))
    assert before[-1][2] == "unknown"
    assert all(one[1] == next_[0] for one, next_ in pairwise(before))
    store.make_candles(database.edition)
    assert [state for _, _, state in states()] == ["unknown"]


def test_coverage_tells_a_minute_without_trades_from_one_without_a_feed(
    api: httpx.Client, store: Store, database: Any
) -> None:
    store.ticks("A", [Tick(at("12:00:10"), "1"), Tick(at("12:03:10"), "2")])
    store.make_candles(database.edition)
    with psycopg.connect(store.url, autocommit=True) as conn:
        feeds.add(conn, feeds.start("2026-02-27 12:00", "A"), feeds.end("2026-02-27 12:02:30"))
    query = {"symbols": "A", "start": "2026-02-27T11:59:00Z", "end": "2026-02-27T12:04:00Z"}
    assert api.get("/v1/coverage", params=query).json() == {
        "next_page_token": None,
        "coverage": {
            "A": [
                {
                    "start": "2026-02-27T11:59:00Z",
                    "end": "2026-02-27T12:00:00Z",
                    "state": "unknown",
                },
                {
                    "start": "2026-02-27T12:00:00Z",
                    "end": "2026-02-27T12:01:00Z",
                    "state": "complete",
                },
                {
                    "start": "2026-02-27T12:01:00Z",
                    "end": "2026-02-27T12:02:00Z",
                    "state": "no trades",
                },
                {
                    "start": "2026-02-27T12:02:00Z",
                    "end": "2026-02-27T12:04:00Z",
                    "state": "no feed",
                },
            ]
        },
    }


def test_coverage_of_unknown_symbols_and_empty_ranges(api: httpx.Client, store: Store) -> None:
    store.ticks("A", [Tick(minute(3), "1")])
    assert api.get("/v1/coverage", params={"symbols": "NONE"}).status_code == 404
    answer = api.get("/v1/coverage", params={"symbols": "A", "end": "2001-01-01"})
    assert answer.json() == {"coverage": {}, "next_page_token": None}
    assert api.get("/v1/coverage", params={"symbols": "A", "timeframe": "7m"}).status_code == 422
