"""The newest data in the Alpaca dialect, and snapshots."""

from typing import Any

import httpx
import pytest

from tests.api.store import Quote, Store, Tick, at, iso, minute

TRADE = {"x": None, "s": 1, "c": [], "z": None}


def _get(api: httpx.Client, path: str, **params: object) -> dict[str, Any]:
    answer = api.get(f"/alpaca{path}", params=params)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_latest_bar_is_of_a_minute_that_has_ended(api: httpx.Client, store: Store) -> None:
    newest = minute(2)
    store.ticks("AAPL", [Tick(minute(3), "1"), Tick(newest, "2"), Tick(minute(-9), "3")])
    bar = {"t": iso(newest), "o": 2, "h": 2, "l": 2, "c": 2, "v": 1, "n": 1, "vw": 2}
    assert _get(api, "/v2/stocks/bars/latest", symbols="AAPL,APPL") == {"bars": {"AAPL": bar}}
    assert _get(api, "/v2/stocks/AAPL/bars/latest") == {"symbol": "AAPL", "bar": bar}


def test_the_latest_trade_and_quote_of_several_and_of_one(api: httpx.Client, store: Store) -> None:
    store.ticks("AAPL", [Tick(at("12:00:00"), "1"), Tick(at("13:00:00"), "2")])
    store.quotes("AAPL", [Quote(at("12:00:00"), "1", "2")])
    trade = TRADE | {"t": "2026-02-27T13:00:00Z", "p": 2, "i": 1}
    quote = {"t": "2026-02-27T12:00:00Z", "ax": None, "ap": 2, "as": 0, "bx": None, "bp": 1,
             "bs": 0, "c": [], "z": None}  # fmt: skip
    assert _get(api, "/v2/stocks/trades/latest", symbols="AAPL") == {"trades": {"AAPL": trade}}
    assert _get(api, "/v2/stocks/quotes/latest", symbols="AAPL") == {"quotes": {"AAPL": quote}}
    assert _get(api, "/v2/stocks/AAPL/trades/latest") == {"symbol": "AAPL", "trade": trade}
    assert _get(api, "/v2/stocks/AAPL/quotes/latest") == {"symbol": "AAPL", "quote": quote}


def test_pairs_have_their_latest_under_paths_of_their_own(api: httpx.Client, store: Store) -> None:
    store.ticks("KRAKEN:BTC/USD", [Tick(at("13:00:00"), "2")])
    trade = TRADE | {"t": "2026-02-27T13:00:00Z", "p": 2, "i": 0}
    for asked in ("BTC/USD", "BTCUSD", "KRAKEN:BTC/USD"):
        found = _get(api, "/v1beta3/crypto/us/latest/trades", symbols=asked)
        assert found == {"trades": {asked: trade}}
    bars = _get(api, "/v1beta3/crypto/us/latest/bars", symbols="BTC/USD")["bars"]
    assert bars["BTC/USD"]["t"] == "2026-02-27T13:00:00Z"
    assert _get(api, "/v1beta3/crypto/us/latest/quotes", symbols="BTC/USD") == {"quotes": {}}


def test_a_snapshot_has_the_newest_of_everything_and_null_for_nothing(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("AAPL", [Tick(at("12:00:00"), "1"), Tick(at("12:00:30"), "3")])
    bar = {"t": "2026-02-27T12:00:00Z", "o": 1, "h": 3, "l": 1, "c": 3, "v": 2, "n": 2, "vw": 2}
    snapshot = {
        "latestTrade": TRADE | {"t": "2026-02-27T12:00:30Z", "p": 3, "i": 1},
        "latestQuote": None,
        "minuteBar": bar,
        "dailyBar": bar | {"t": "2026-02-27T00:00:00Z"},
        "prevDailyBar": None,
    }
    assert _get(api, "/v2/stocks/snapshots", symbols="AAPL,APPL") == {"AAPL": snapshot}
    assert _get(api, "/v2/stocks/AAPL/snapshot") == {"symbol": "AAPL"} | snapshot
    assert _get(api, "/v1beta3/crypto/us/snapshots", symbols="AAPL") == {
        "snapshots": {"AAPL": snapshot}
    }


def test_the_day_before_in_a_snapshot_is_the_last_one_with_trades(
    api: httpx.Client, store: Store
) -> None:
    newest = minute(2)
    store.ticks("AAPL", [Tick(minute(5 * 1440), "1"), Tick(newest, "2")])
    snapshot = _get(api, "/v2/stocks/AAPL/snapshot")
    assert snapshot["latestTrade"]["t"] == iso(newest)
    assert [snapshot[day]["c"] for day in ("dailyBar", "prevDailyBar")] == [2, 1]


@pytest.mark.parametrize(
    "path, kind",
    [
        ("bars/latest", "bar"),
        ("trades/latest", "trade"),
        ("quotes/latest", "quote"),
        ("snapshot", "snapshot"),
    ],
)
def test_one_symbol_of_which_nothing_is_stored_is_not_found(
    api: httpx.Client, path: str, kind: str
) -> None:
    answer = api.get(f"/alpaca/v2/stocks/APPL/{path}")
    assert answer.status_code == 404
    assert answer.json() == {"code": 40410000, "message": f"no {kind} found for APPL"}
