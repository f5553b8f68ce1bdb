"""Symbols, search and quotes as TradingView's adapter asks for them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from tests.api.store import NOON, Quote, Store, Tick, minute

CRYPTO = "KRAKEN:BTC/USD"


def _describe(store: Store, symbol: str, **values: object) -> None:
    with psycopg.connect(store.url) as conn:
        for column, value in values.items():
            conn.execute(
                f"update market.instruments set {column} = %s where symbol = %s",  # type: ignore[arg-type]
                [value, symbol],
            )


def _sessions(store: Store, calendar: str, first: datetime, hours: float, count: int = 5) -> None:
    """Adds sessions of so many hours on consecutive days."""
    with psycopg.connect(store.url) as conn:
        for day in range(count):
            opens = first + timedelta(days=day)
            conn.execute(
                "insert into market.sessions values (%s, %s, %s, %s)",
                [calendar, opens.date(), opens, opens + timedelta(hours=hours)],
            )


def test_config_lists_what_there_is(api: httpx.Client, store: Store) -> None:
    store.ticks(CRYPTO, [Tick(NOON, "1")])
    store.ticks("AAPL", [Tick(NOON, "1")])
    _describe(store, "AAPL", asset_class="equity")
    _describe(store, CRYPTO, asset_class="crypto")
    config = api.get("/udf/config").json()
    assert config["supports_search"] is True
    assert config["supports_group_request"] is False
    assert config["supported_resolutions"] == (
        ["1S", "1", "3", "5", "15", "30", "60", "120", "240", "720", "1D", "1W", "1M"]
    )
    assert [one["value"] for one in config["exchanges"]] == ["", "KRAKEN"]
    assert [one["value"] for one in config["symbols_types"]] == ["", "crypto", "stock"]


def test_a_symbol_without_a_calendar_is_always_open(api: httpx.Client, store: Store) -> None:
    store.ticks(CRYPTO, [Tick(NOON, "64012.10"), Tick(NOON, "64012.125")])
    _describe(store, CRYPTO, asset_class="crypto", base="BTC", quote="USD")
    found = api.get("/udf/symbols", params={"symbol": "BTCUSD"}).json()
    wanted = {
        "ticker": CRYPTO,
        "name": "BTC/USD",
        "description": "BTC / USD",
        "type": "crypto",
        "exchange": "KRAKEN",
        "session": "24x7",
        "timezone": "Etc/UTC",
        "minmov": 1,
        "pricescale": 1000,  # of the newest prices
        "has_weekly_and_monthly": True,
    }
    assert {name: found[name] for name in wanted} == wanted
    assert "s" not in found  # the adapter takes it for an error
    _describe(store, CRYPTO, price_scale=1)
    assert api.get("/udf/symbols", params={"symbol": CRYPTO}).json()["pricescale"] == 10


@pytest.mark.parametrize(
    "calendar, first, hours, session, zone",
    [
        # 14:30 to 21:00 UTC in winter
        ("XNYS", datetime(2026, 2, 23, 14, 30, tzinfo=UTC), 6.5, "0930-1600", "America/New_York"),
        ("FX", datetime(2026, 2, 22, 22, 0, tzinfo=UTC), 24, "1700-1700", "America/New_York"),
        ("XTKS", datetime(2026, 2, 23, 0, 0, tzinfo=UTC), 6, "0900-1500", "Asia/Tokyo"),
        ("24/7", datetime(2026, 2, 23, 0, 0, tzinfo=UTC), 24, "24x7", "Etc/UTC"),
        ("HOME", datetime(2026, 2, 23, 8, 0, tzinfo=UTC), 1, "0800-0900", "Etc/UTC"),
    ],
)
def test_session_and_zone_are_those_of_the_calendar(
    api: httpx.Client,
    store: Store,
    calendar: str,
    first: datetime,
    hours: float,
    session: str,
    zone: str,
) -> None:
    store.ticks("AAPL", [Tick(NOON, "1")])
    _describe(store, "AAPL", calendar=calendar, asset_class="equity")
    _sessions(store, calendar, first, hours)
    found = api.get("/udf/symbols", params={"symbol": "AAPL"}).json()
    assert (found["session"], found["timezone"], found["type"]) == (session, zone, "stock")
    columns = api.get("/udf/symbol_info", params={"group": ""}).json()
    assert (columns["session-regular"], columns["timezone"]) == ([session], [zone])


def test_symbol_info_has_a_list_per_property(api: httpx.Client, store: Store) -> None:
    for symbol in (CRYPTO, "KRAKEN:ETH/USD", "AAPL"):
        store.ticks(symbol, [Tick(NOON, "1")])
    found = api.get("/udf/symbol_info", params={"group": "KRAKEN"}).json()
    assert found["symbol"] == [CRYPTO, "KRAKEN:ETH/USD"]
    assert found["exchange-traded"] == ["KRAKEN", "KRAKEN"]
    assert found["pricescale"] == [100_000_000] * 2
    assert len(api.get("/udf/symbol_info").json()["ticker"]) == 3
    assert api.get("/udf/symbol_info", params={"group": "NYSE"}).json()["symbol"] == []


def test_very_many_symbols_are_listed_without_a_look_at_their_prices(
    api: httpx.Client, store: Store
) -> None:
    store.execute(
        "insert into market.instruments (symbol) select 'V:S' || n from generate_series(1, 10000) n"
    )
    found = api.get("/udf/symbol_info", params={"group": "V"})
    assert found.status_code == 200  # and not 504
    assert found.json()["pricescale"] == [100_000_000] * 10_000


def test_search_finds_parts_of_names_in_any_case(api: httpx.Client, store: Store) -> None:
    for symbol in ("KRAKEN:BTC/USD", "COINBASE:BTC-USD", "BTC", "KRAKEN:XBTC/EUR", "AAPL", "A%B"):
        store.ticks(symbol, [Tick(NOON, "1")])
    _describe(store, "AAPL", asset_class="equity")

    def search(**params: object) -> list[str]:
        sent = {"query": "", "type": "", "exchange": "", "limit": 30} | params
        answer: list[dict[str, Any]] = api.get("/udf/search", params=sent).json()  # type: ignore[arg-type]
        return [one["ticker"] for one in answer]

    assert search(query="BTC") == [
        "BTC",
        "COINBASE:BTC-USD",
        "KRAKEN:BTC/USD",
        "KRAKEN:XBTC/EUR",
    ]
    assert search(query="btc/u") == ["KRAKEN:BTC/USD"]
    assert search(query="BTC", exchange="KRAKEN", limit=1) == ["KRAKEN:BTC/USD"]
    assert search(type="stock") == ["AAPL"]
    assert search(query="%") == ["A%B"]
    assert search(query="_") == []
    assert search(query="NOTHING") == search(query="\0", type="\x1f", exchange="\0") == []
    assert api.get("/udf/symbol_info", params={"group": "\0"}).json()["symbol"] == []


def test_quotes_have_the_newest_day_and_an_error_for_each_unknown_symbol(
    api: httpx.Client, store: Store
) -> None:
    store.ticks(CRYPTO, [Tick(NOON - timedelta(days=1), "80"), Tick(NOON, "90", "2"),
                         Tick(NOON + timedelta(minutes=1), "100", "3")])  # fmt: skip
    store.quotes(CRYPTO, [Quote(minute(1), "99", "101")])
    answer = api.get("/udf/quotes", params={"symbols": "BTCUSD,NONE"}).json()
    assert answer == {
        "s": "ok",
        "d": [
            {
                "s": "ok",
                "n": "BTCUSD",
                "v": {
                    "lp": 100,
                    "ch": 20,
                    "chp": 25,
                    "bid": 99,
                    "ask": 101,
                    "spread": 2,
                    "open_price": 90,
                    "high_price": 100,
                    "low_price": 90,
                    "prev_close_price": 80,
                    "volume": 5,
                    "short_name": "BTC/USD",
                    "exchange": "KRAKEN",
                    "original_name": CRYPTO,
                    "description": CRYPTO,
                },
            },
            {"s": "error", "n": "NONE", "v": {}},
        ],
    }
    unknown = api.get("/udf/quotes", params={"symbols": "NONE"}).json()
    assert unknown == {"s": "ok", "d": [{"s": "error", "n": "NONE", "v": {}}]}


def test_time_is_plain_digits(api: httpx.Client) -> None:
    answer = api.get("/udf/time")
    assert answer.headers["content-type"].startswith("text/plain")
    assert abs(int(answer.text) - datetime.now(UTC).timestamp()) < 60


def test_quotes_of_names_with_commas_and_of_ambiguous_ones(api: httpx.Client, store: Store) -> None:
    for symbol in ("A,B", "AAPL", "KRAKEN:BTC/USD", "COINBASE:BTC-USD"):
        store.ticks(symbol, [Tick(NOON, "1")])

    def states(symbols: str) -> list[tuple[str, str]]:
        answer = api.get("/udf/quotes", params={"symbols": symbols})
        assert answer.status_code == 200, answer.text
        return [(row["n"], row["s"]) for row in answer.json()["d"]]

    assert states("A,B") == [("A,B", "ok")]
    # one that may be two symbols does not take the others with it
    assert states("AAPL,BTCUSD,NOPE") == [("AAPL", "ok"), ("BTCUSD", "error"), ("NOPE", "error")]


@pytest.mark.parametrize(
    "path, params, status, words",
    [
        ("symbols", {"symbol": "NONE"}, 404, "no symbol NONE"),
        ("symbols", {}, 422, "symbol is required"),
        ("search", {"query": "A", "limit": "x"}, 422, "limit"),
        ("history", {"symbol": "AAPL", "resolution": "7", "from": 0, "to": 1}, 422, "resolution"),
        ("history", {"symbol": "AAPL", "resolution": "1", "from": "x", "to": 1}, 422, "from"),
        ("history", {"symbol": "AAPL", "resolution": "1", "from": 2, "to": 1}, 422, "after to"),
        ("history", {"symbol": "AAPL", "resolution": "1", "from": 0}, 422, "to is required"),
        ("history", {"symbol": "AAPL", "resolution": "1", "to": 0}, 422, "from is required"),
        ("history", {"symbol": ["AAPL", "B"], "resolution": "1", "from": 0, "to": 1}, 422,
         "repeated"),
        ("nothing", {}, 404, "there is no such path; /docs lists all"),
    ],
)  # fmt: skip
def test_errors_have_the_shape_that_charts_read(
    api: httpx.Client, store: Store, path: str, params: dict[str, Any], status: int, words: str
) -> None:
    store.ticks("AAPL", [Tick(NOON, "1")])
    answer = api.get(f"/udf/{path}", params=params)
    assert answer.status_code == status
    body = answer.json()
    assert (set(body), body["s"]) == ({"s", "errmsg"}, "error")
    assert words in body["errmsg"]


def test_a_former_name_is_a_symbol_with_the_properties_of_its_instrument(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("META", [Tick(NOON, "1")])
    store.execute("insert into market.names values ('FB', '-infinity', '2022-06-09', 'META')")
    _describe(store, "META", asset_class="equity", price_scale=2)
    found = api.get("/udf/symbols", params={"symbol": "FB"}).json()
    assert (found["ticker"], found["type"], found["pricescale"]) == ("FB", "stock", 100)
