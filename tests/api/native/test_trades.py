"""Trades by window: shape, exact windows, and pages without a hole or a double."""

import random
from datetime import datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from stack.database import Database
from tests.api.native import event_rows
from tests.api.native.event_rows import Row
from tests.api.store import NOON, Store, at

DAY = {"start": "2026-02-27"}


def prices(api: httpx.Client, **params: Any) -> dict[str, list[float]]:
    """Returns the prices by symbol."""
    answer = api.get("/v1/trades", params=params)
    assert answer.status_code == 200, answer.text
    return {
        symbol: [trade["p"] for trade in found] for symbol, found in answer.json()["trades"].items()
    }


def walk(api: httpx.Client, **params: Any) -> list[tuple[str, float]]:
    """Returns symbol and price of the trades of all pages, each of which is full but the last."""
    found: list[tuple[str, float]] = []
    while True:
        answer = api.get("/v1/trades", params=params)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        page = [(symbol, one["p"]) for symbol, some in body["trades"].items() for one in some]
        found += page
        assert len(page) == params["limit"] or body["next_page_token"] is None
        if body["next_page_token"] is None:
            return found
        params["page_token"] = body["next_page_token"]


def test_a_trade_has_alpacas_keys_and_its_exact_time(api: httpx.Client, store: Store) -> None:
    event_rows.trades(
        store.url,
        "AAPL",
        [
            Row(at("12:00:00.123456"), "189.50", 789, 7, "52983525029461", "100", "buy", "V", "C",
                ["@", "I"]),
            Row(at("12:00:01"), "-1.0", size=None),
        ],
    )  # fmt: skip
    assert api.get("/v1/trades", params={"symbols": "AAPL"}).text == (
        '{"trades":{"AAPL":['
        '{"t":"2026-02-27T12:00:00.123456789Z","p":189.50,"s":100,"side":"buy","x":"V",'
        '"c":["@","I"],"i":"52983525029461","z":"C"},'
        '{"t":"2026-02-27T12:00:01Z","p":-1.0,"s":null,"side":null,"x":null,"c":null,"i":null,'
        '"z":null}]},"next_page_token":null}'
    )


@pytest.mark.parametrize(
    "style, time",
    [("s", "1772193600.5"), ("ms", "1772193600500"), ("us", "1772193600500000"),
     ("ns", "1772193600500000000"), ("rfc3339", '"2026-02-27T12:00:00.5Z"')],
)  # fmt: skip
def test_times_and_decimals_are_written_as_asked(
    api: httpx.Client, store: Store, style: str, time: str
) -> None:
    event_rows.trades(store.url, "A", [Row(at("12:00:00.5"), "0.10")])
    for path in ("/v1/trades", "/v1/trades/latest"):
        text = api.get(path, params={"symbols": "A", "ts": style, "decimals": "string"}).text
        assert f'"t":{time},"p":"0.10","s":"1"' in text, path


def test_the_window_is_half_open_to_the_nanosecond(api: httpx.Client, store: Store) -> None:
    moment = at("12:00:00.000001")
    rows = [Row(moment, str(ns), ns, size=None) for ns in (0, 1, 500, 999)]
    event_rows.trades(store.url, "A", [Row(NOON, "-1"), *rows, Row(at("12:00:00.000002"), "1000")])

    def between(start: str, end: str, **more: Any) -> list[float]:
        window = {"start": f"2026-02-27T{start}Z", "end": f"2026-02-27T{end}Z"}
        return prices(api, symbols="A", **window, **more).get("A", [])

    for sort in ("asc", "desc"):
        step = 1 if sort == "asc" else -1
        for start, end, wanted in [
            ("12:00:00", "12:00:01", [-1, 0, 1, 500, 999, 1000]),
            ("12:00:00.000001", "12:00:00.000002", [0, 1, 500, 999]),
            ("12:00:00.000001001", "12:00:00.000001500", [1]),
            ("12:00:00.000001500", "12:00:00.000001501", [500]),
            ("12:00:00.000001501", "12:00:00.000002001", [999, 1000]),
            ("12:00:00.000001", "12:00:00.000001", []),
            ("12:00:00.000001500", "12:00:00.000001500", []),
        ]:
            assert between(start, end, sort=sort) == wanted[::step], (start, end)
    newest = {"symbols": "A", "limit": 2}
    assert prices(api, **newest, end="2026-02-27T12:00:00.000001500Z") == {"A": [0, 1]}


def test_without_a_start_the_newest_trades_come_in_ascending_order(
    api: httpx.Client, store: Store
) -> None:
    rows = [Row(NOON + timedelta(days=n), str(n)) for n in range(5)]
    event_rows.trades(store.url, "A", rows)
    assert prices(api, symbols="A", limit=3) == {"A": [2, 3, 4]}
    assert prices(api, symbols="A", limit=2, end="2026-03-02") == {"A": [1, 2]}


def test_the_newest_trades_are_counted_over_all_symbols(api: httpx.Client, store: Store) -> None:
    for symbol, times in {"A": (1, 2, 3), "B": (3, 4, 5), "OLD": (0,)}.items():
        rows = [Row(NOON + timedelta(minutes=n), str(n)) for n in times]
        event_rows.trades(store.url, symbol, rows)
    assert prices(api, symbols="B,A,OLD", limit=3) == {"A": [3], "B": [4, 5]}
    assert prices(api, symbols="B,A,OLD", limit=4) == {"A": [3], "B": [3, 4, 5]}
    assert prices(api, symbols="B,A,OLD") == {"A": [1, 2, 3], "B": [3, 4, 5], "OLD": [0]}


def test_three_equal_trades_are_three_over_pages_of_one(api: httpx.Client, store: Store) -> None:
    event_rows.trades(store.url, "A", [Row(NOON, "5")] * 3)
    for sort in ("asc", "desc"):
        assert walk(api, symbols="A", limit=1, sort=sort, **DAY) == [("A", 5)] * 3


def test_a_page_that_ends_at_the_last_trade_is_the_last(api: httpx.Client, store: Store) -> None:
    event_rows.trades(store.url, "A", [Row(NOON, "1"), Row(at("13:00:00"), "2")])
    answer = api.get("/v1/trades", params={"symbols": "A", "limit": 2, **DAY}).json()
    assert answer["next_page_token"] is None


def test_the_walk_goes_on_though_the_last_trade_of_its_page_is_cancelled(
    api: httpx.Client, store: Store
) -> None:
    rows = [Row(NOON, str(n), tick_id=str(n), seq=n) for n in range(4)]
    event_rows.trades(store.url, "A", rows)
    params: dict[str, Any] = {"symbols": "A", "limit": 2, **DAY}
    params["page_token"] = api.get("/v1/trades", params=params).json()["next_page_token"]
    store.execute("delete from market.trades where tick_id = '1'")
    assert prices(api, **params) == {"A": [2, 3]}


@pytest.mark.parametrize("seed", [1, 2])
def test_all_pages_together_are_what_sql_returns_in_order(
    api: httpx.Client, store: Store, database: Database, seed: int
) -> None:
    symbols = _store_ties(store, random.Random(seed))
    store.make_candles(database.edition)
    if database.edition == "community":
        store.execute("select compress_chunk(chunk) from show_chunks('market.trades') as chunk")
        _store_ties(store, random.Random(seed + 100), "late ")
    for sort in ("asc", "desc"):
        wanted = _by_sql(store, symbols, descending=sort == "desc")
        for limit in (1, 3, 50, 10_000):
            asked = {"symbols": ",".join(symbols), "start": "2026-02-01"}
            assert walk(api, limit=limit, sort=sort, **asked) == wanted, (sort, limit)


def _store_ties(store: Store, chance: random.Random, batch: str = "") -> list[str]:
    """Stores trades of which many have one time, sequence or nothing that tells them apart."""
    for symbol in ("A", "B"):
        ids: set[tuple[datetime, str]] = set()
        rows = []
        for _ in range(25):
            ts = NOON + timedelta(
                days=chance.choice((0, 0, 1, 5)), microseconds=chance.choice((0, 1))
            )
            tick_id = chance.choice((None, None, f"{batch}a", f"{batch}b"))
            if tick_id and (ts, tick_id) in ids:
                continue
            ids.add((ts, tick_id or ""))
            ns, seq = chance.choice((0, 999)), chance.choice((0, 1))
            rows.append(Row(ts, chance.choice(("1", "2")), ns, seq, tick_id))
        event_rows.trades(store.url, symbol, rows)
    return ["A", "B"]


def _by_sql(store: Store, symbols: list[str], *, descending: bool) -> list[tuple[str, float]]:
    order = "ts, ns, seq, tick_id nulls first, price"
    if descending:
        order = "ts desc, ns desc, seq desc, tick_id desc nulls last, price desc"
    with psycopg.connect(store.url) as conn:
        rows = conn.execute(
            "select symbol, price from market.trades where symbol = any(%s)"  # type: ignore[arg-type]
            f" order by symbol, {order}",
            [symbols],
        ).fetchall()
    return [(symbol, float(price)) for symbol, price in rows]


def test_a_renamed_instrument_is_one_history_under_each_name(
    api: httpx.Client, store: Store
) -> None:
    event_rows.trades(store.url, "FB", [Row(at("11:00:00"), "1"), Row(at("12:00:00"), "99")])
    event_rows.trades(store.url, "META", [Row(at("11:59:00"), "98"), Row(at("12:00:00"), "2")])
    store.execute(
        "insert into market.names (symbol, until, instrument)"
        " values ('FB', '2026-02-27 12:00+00', 'META')"
    )
    for sort, wanted in (("asc", [1, 2]), ("desc", [2, 1])):
        walked = walk(api, symbols="FB,META", limit=1, sort=sort, **DAY)
        assert walked == [(name, price) for name in ("FB", "META") for price in wanted]
    assert prices(api, symbols="FB") == {"FB": [1, 2]}


def test_latest_is_one_trade_per_symbol(api: httpx.Client, store: Store) -> None:
    event_rows.trades(store.url, "A", [Row(NOON, "1", 1, 9), Row(NOON, "2", 2, 0)])
    event_rows.trades(store.url, "B", [Row(NOON, "3", seq=2), Row(NOON, "4", seq=1)])
    store.execute("insert into market.instruments (symbol) values ('EMPTY')")
    answer = api.get("/v1/trades/latest", params={"symbols": "b,A,EMPTY,NOPE"}).json()
    assert {symbol: trade["p"] for symbol, trade in answer["trades"].items()} == {"A": 2, "B": 3}
    assert api.get("/v1/trades/latest", params={"symbols": "EMPTY"}).json() == {"trades": {}}
    assert api.get("/v1/trades", params={"symbols": "EMPTY"}).json() == {
        "trades": {},
        "next_page_token": None,
    }


def test_sources_never_mix(api: httpx.Client, store: Store) -> None:
    event_rows.trades(store.url, "A", [Row(NOON, "1")], source="old")
    event_rows.trades(store.url, "A", [Row(at("12:00:01"), "2")], source="new")
    assert prices(api, symbols="A", **DAY) == {"A": [2]}
    assert prices(api, symbols="A", source="OLD", **DAY) == {"A": [1]}
    assert prices(api, symbols="A", source="old") == {"A": [1]}


def test_a_token_belongs_to_its_query(api: httpx.Client, store: Store) -> None:
    event_rows.trades(store.url, "A", [Row(NOON, str(n), seq=n) for n in range(4)])
    event_rows.quotes(store.url, "A", [Row(NOON, "1", ask="2")])
    params = {"symbols": "A", "limit": 1, **DAY}
    params["page_token"] = api.get("/v1/trades", params=params).json()["next_page_token"]
    assert api.get("/v1/trades", params=params | {"limit": 3}).status_code == 200
    assert api.get("/v1/trades", params=params | {"symbols": "a"}).status_code == 200
    foreign: list[dict[str, Any]] = [
        {"start": "2026-02-27T00:00:00.000000001Z"}, {"end": "2026-03-01"}, {"sort": "desc"},
        {"source": "sim"}, {"page_token": "x"},
    ]  # fmt: skip
    for change in foreign:
        answer = api.get("/v1/trades", params=params | change)
        assert (answer.status_code, answer.json()["field"]) == (422, "page_token"), change
    answer = api.get("/v1/quotes", params=params)
    assert answer.json()["field"] == "page_token"
    answer = api.get("/v1/trades", params={"symbols": "A", "page_token": params["page_token"]})
    assert answer.json()["field"] == "page_token"


@pytest.mark.parametrize(
    "field, value",
    [
        ("limit", "0"),
        ("limit", "10001"),
        ("sort", "ASC"),
        ("ts", "h"),
        ("decimals", "text"),
        ("start", "yesterday"),
        ("end", "2026-02-30"),
        ("source", ""),
        ("symbols", ""),
    ],
)
def test_a_problem_names_the_field_at_fault(api: httpx.Client, field: str, value: str) -> None:
    answer = api.get("/v1/trades", params={"symbols": "A"} | {field: value})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_unknown_symbols_and_windows_back_to_front_are_refused(
    api: httpx.Client, store: Store
) -> None:
    event_rows.trades(store.url, "A", [Row(NOON, "1")])
    answer = api.get("/v1/trades", params={"symbols": "NOPE,NONE"})
    assert answer.status_code == 404
    assert answer.json()["detail"] == "no symbol NONE or NOPE has been stored"
    window = {"start": "2026-02-27T12:00:00.000000002Z", "end": "2026-02-27T12:00:00.000000001Z"}
    answer = api.get("/v1/trades", params={"symbols": "A"} | window)
    assert (answer.status_code, answer.json()["field"]) == (422, "start")
