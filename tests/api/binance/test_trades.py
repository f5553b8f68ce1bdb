"""Trades as Binance's clients ask for them, and the search for an id by time."""

from datetime import timedelta
from typing import Any

import httpx
import psycopg
import pytest

from tests.api.store import NOON, Store, Tick, minutes

SYMBOL = "KRAKEN:BTC/USD"
NOON_MS = 1772193600000


def _trades(api: httpx.Client, path: str = "aggTrades", **params: object) -> Any:
    answer = api.get(
        f"/binance/api/v3/{path}",
        params={"symbol": "BTCUSD"} | params,  # type: ignore[arg-type]
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def _ids(api: httpx.Client, **params: object) -> list[int]:
    return [trade["a"] for trade in _trades(api, **params)]


def _set(store: Store, statement: str) -> None:
    with psycopg.connect(store.url) as conn:
        conn.execute(statement)  # type: ignore[arg-type]


def test_trades_have_the_fields_of_binance(api: httpx.Client, store: Store) -> None:
    store.ticks(SYMBOL, [Tick(NOON + timedelta(microseconds=1999), "64012.10", "0.50")])
    assert _trades(api) == [
        {"a": 0, "p": "64012.10", "q": "0.50", "f": 0, "l": 0, "T": NOON_MS + 1, "M": True}
    ]
    _set(store, "update market.trades set side = 'sell'")
    assert _trades(api)[0]["m"] is True
    assert _trades(api, "trades") == [
        {
            "id": 0,
            "price": "64012.10",
            "qty": "0.50",
            "quoteQty": "32006.0500",
            "time": NOON_MS + 1,
            "isBuyerMaker": True,
            "isBestMatch": True,
        }
    ]
    _set(store, "update market.trades set side = 'buy'")
    assert _trades(api)[0]["m"] is False


def test_the_newest_trades_come_oldest_first(api: httpx.Client, store: Store) -> None:
    store.ticks(SYMBOL, minutes(5))
    assert _ids(api, limit=2) == [3, 4]
    assert [trade["id"] for trade in _trades(api, "trades", limit=2)] == [3, 4]
    assert [trade["id"] for trade in _trades(api, "historicalTrades", limit=2)] == [3, 4]


def test_both_ends_of_a_window_of_trades_are_inclusive(api: httpx.Client, store: Store) -> None:
    store.ticks(
        SYMBOL,
        [
            Tick(NOON + timedelta(milliseconds=n, microseconds=us), "1")
            for n, us in ((0, 0), (1, 0), (1, 999), (2, 0))
        ],
    )
    assert _ids(api, startTime=NOON_MS, endTime=NOON_MS + 1) == [0, 1, 2]
    assert _ids(api, startTime=NOON_MS + 1, endTime=NOON_MS + 1) == [1, 2]
    assert _ids(api, startTime=NOON_MS + 1) == [1, 2, 3]
    assert _ids(api, endTime=NOON_MS) == [0]
    assert _ids(api, startTime=NOON_MS + 3) == []


@pytest.mark.parametrize("first", [0, 1, 499, 500, 501, 1333, 1999, 2000, 2499, 2500, 9999])
def test_trades_from_an_id_begin_with_it_wherever_it_lies(
    api: httpx.Client, store: Store, first: int
) -> None:
    # a burst of a thousand within a second, then silence for two days, then one per second
    burst = [Tick(NOON + timedelta(milliseconds=n), "1") for n in range(1000)]
    later = [Tick(NOON + timedelta(days=2, seconds=n), "1") for n in range(1500)]
    store.ticks(SYMBOL, burst + later)
    expected = [*range(first, min(first + 3, 2500))]
    assert _ids(api, fromId=first, limit=3) == expected
    found = _trades(api, "historicalTrades", fromId=first, limit=3)
    assert [trade["id"] for trade in found] == expected


def test_an_id_that_is_missing_is_where_the_next_one_is(api: httpx.Client, store: Store) -> None:
    store.ticks(SYMBOL, minutes(2000))
    _set(store, "delete from market.trades where tick_id::integer between 700 and 1500")
    assert _ids(api, fromId=800, limit=2) == [1501, 1502]


@pytest.mark.parametrize(
    "ids", ["'V:' || tick_id", "null", "(1000 - tick_id::integer)::text"], ids=str
)
def test_ids_that_are_no_rising_numbers_are_shown_and_cannot_be_asked_for(
    api: httpx.Client, store: Store, ids: str
) -> None:
    store.ticks(SYMBOL, minutes(3))
    _set(store, f"update market.trades set tick_id = {ids}")
    shown = _trades(api)
    assert len({trade["a"] for trade in shown}) == 3
    answer = api.get("/binance/api/v3/aggTrades", params={"symbol": "BTCUSD", "fromId": 1})
    assert answer.status_code == 400
    assert answer.json() == {
        "code": -1128,
        "msg": "fromId cannot be used: the ids of KRAKEN:BTC/USD at sim are not numbers that rise "
        "with time.",
    }


def test_an_id_and_a_window_exclude_each_other(api: httpx.Client, store: Store) -> None:
    store.ticks(SYMBOL, minutes(3))
    answer = api.get(
        "/binance/api/v3/aggTrades", params={"symbol": "BTCUSD", "fromId": 1, "startTime": 1}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, -1128)
