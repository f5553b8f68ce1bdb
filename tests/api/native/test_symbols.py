"""Symbols: search, pages, and the details of one, whatever its name holds."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from stack.database import Database
from tests.api.native import event_rows
from tests.api.native.event_rows import Row
from tests.api.store import NOON, Store, Tick, at


@pytest.fixture
def venues(store: Store) -> None:
    """Instruments of several venues."""
    store.execute(
        "insert into market.instruments (symbol, base, quote) values"
        " ('KRAKEN:BTC/USD', null, null), ('KRAKEN:ETH/BTC', null, null),"
        " ('COINBASE:BTC-USD', null, null), ('BINANCE:BTCUSDT', 'BTC', 'USDT'),"
        " ('AAPL', null, null), ('AAP', null, null), ('META', null, null),"
        " ('100%_X', null, null), ('KRAKEN:WBTC/USD', null, null)"
    )
    store.execute(
        "insert into market.names (symbol, until, instrument) values ('FB', '2022-06-09', 'META')"
    )


def found(api: httpx.Client, **params: Any) -> list[str]:
    """Returns the symbols that are found, in order."""
    answer = api.get("/v1/symbols", params=params)
    assert answer.status_code == 200, answer.text
    return [one["symbol"] for one in answer.json()["symbols"]]


@pytest.mark.usefixtures("venues")
@pytest.mark.parametrize(
    "query, wanted",
    [
        ("aap", ["AAP", "AAPL"]),
        ("aapl", ["AAPL"]),
        ("btc/usd", ["COINBASE:BTC-USD", "KRAKEN:BTC/USD", "BINANCE:BTCUSDT", "KRAKEN:WBTC/USD"]),
        ("btcusdt", ["BINANCE:BTCUSDT"]),
        ("kraken:", ["KRAKEN:BTC/USD", "KRAKEN:ETH/BTC", "KRAKEN:WBTC/USD"]),
        ("fb", ["META"]),
        ("%", ["100%_X"]),
        ("_", ["100%_X"]),
        ("\\", []),
        ("nope", []),
    ],
)
def test_the_best_match_comes_first(api: httpx.Client, query: str, wanted: list[str]) -> None:
    assert found(api, query=query) == wanted


@pytest.mark.usefixtures("venues")
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 10])
@pytest.mark.parametrize("params", [{}, {"query": "btc"}])
def test_pages_of_symbols_have_no_hole_and_no_double(
    api: httpx.Client, limit: int, params: dict[str, Any]
) -> None:
    walked: list[str] = []
    asked = params | {"limit": limit}
    while True:
        answer = api.get("/v1/symbols", params=asked).json()
        walked += [one["symbol"] for one in answer["symbols"]]
        if answer["next_page_token"] is None:
            break
        assert len(answer["symbols"]) == limit
        asked["page_token"] = answer["next_page_token"]
    assert walked == found(api, **params)
    assert len(walked) == (5 if params else 9)


@pytest.mark.usefixtures("venues")
def test_a_token_of_another_search_is_refused(api: httpx.Client) -> None:
    token = api.get("/v1/symbols", params={"limit": 1}).json()["next_page_token"]
    answer = api.get("/v1/symbols", params={"limit": 1, "page_token": token, "query": "b"})
    assert (answer.status_code, answer.json()["field"]) == (422, "page_token")


def test_a_pair_has_base_quote_and_aliases(api: httpx.Client, store: Store) -> None:
    store.ticks("KRAKEN:BTC/USD", [Tick(NOON, "67000.10")])
    one = api.get("/v1/symbols").json()["symbols"][0]
    assert list(one) == [
        "symbol", "asset_class", "base", "quote", "price_scale", "primary_source", "calendar",
        "aliases", "first_seen_at", "last_seen_at",
    ]  # fmt: skip
    assert (one["base"], one["quote"]) == ("BTC", "USD")
    assert one["aliases"] == ["BTC-USD", "BTC/USD", "BTCUSD", "KRAKEN:BTC-USD", "KRAKEN:BTCUSD"]
    assert one["first_seen_at"].endswith("Z")


def test_details_have_the_first_and_last_event_of_each_source(
    api: httpx.Client, store: Store, database: Database
) -> None:
    event_rows.trades(
        store.url, "KRAKEN:BTC/USD", [Row(NOON.replace(year=2024), "67000.10", 5), Row(NOON, "2")]
    )
    event_rows.quotes(store.url, "KRAKEN:BTC/USD", [Row(at("13:00:00.5"), "1.255", ask="2")])
    event_rows.trades(store.url, "KRAKEN:BTC/USD", [Row(at("12:30:00"), "3")], source="other")
    store.make_candles(database.edition)
    store.execute(
        "insert into market.corporate_actions (instrument, ex_at, kind, numerator, denominator)"
        " values ('KRAKEN:BTC/USD', '2025-01-01', 'split', 1, 3)"
    )
    answer = api.get("/v1/symbols/KRAKEN:BTC/USD").json()
    assert answer["sources"] == [
        {
            "source": "other",
            "first_event": "2026-02-27T12:30:00Z",
            "last_event": "2026-02-27T12:30:00Z",
        },
        {
            "source": "sim",
            "first_event": "2024-02-27T12:00:00.000000005Z",
            "last_event": "2026-02-27T13:00:00.5Z",
        },
    ]
    assert answer["default_source"] == "sim"
    assert answer["price_scale"] == 3  # of the bid 1.255; 67000.10 needs one
    assert answer["splits"] == [{"ex_at": "2025-01-01T00:00:00Z", "numerator": 1, "denominator": 3}]
    assert answer["names"] == []


def test_time_zone_is_that_of_the_exchange(api: httpx.Client, store: Store) -> None:
    store.execute("insert into market.instruments (symbol, calendar) values ('IBM', 'XNYS')")
    store.execute("insert into market.instruments (symbol) values ('X')")
    store.execute(
        "insert into market.sessions (calendar, session_date, open_at, close_at)"
        " values ('XNYS', '2026-02-27', '2026-02-27 14:30Z', '2026-02-27 21:00Z')"
    )
    assert api.get("/v1/symbols/IBM").json()["timezone"] == "America/New_York"
    assert api.get("/v1/symbols/X").json()["timezone"] is None


def test_decimals_of_prices_are_unknown_before_the_first(api: httpx.Client, store: Store) -> None:
    store.execute("insert into market.instruments values ('IBM')")
    assert api.get("/v1/symbols/IBM").json()["price_scale"] is None
    store.execute(
        "insert into market.vendor_bars values ('IBM', 'yahoo', '1d', '2026-02-27T00:00Z',"
        " 188.350, 188.5, 188, 188.4, 700, null, true, null, 1)"
    )
    assert api.get("/v1/symbols/IBM").json()["price_scale"] == 2
    assert api.get("/udf/symbols", params={"symbol": "IBM"}).json()["pricescale"] == 100


def test_details_lead_from_a_name_to_its_instrument(api: httpx.Client, store: Store) -> None:
    store.ticks("META", [Tick(NOON, "1")])
    store.ticks("FB", [Tick(NOON.replace(year=2021), "1")])
    store.execute(
        "insert into market.names (symbol, until, instrument) values ('FB', '2022-06-09', 'META')"
    )
    answer = api.get("/v1/symbols/fb").json()
    assert (answer["symbol"], answer["instrument"]) == ("FB", "META")
    assert answer["names"] == [{"symbol": "FB", "since": None, "until": "2022-06-09T00:00:00Z"}]
    assert answer["sources"][0]["first_event"] == "2021-02-27T12:00:00Z"
    assert answer["sources"][0]["last_event"] == "2026-02-27T12:00:00Z"


@pytest.mark.parametrize(
    "symbol",
    ["KRAKEN:BTC/USD", "A", "A,B", "a b", "50%", "Ä/Ö", "q?x=1", "#", "latest"],
)
def test_every_name_is_found_in_the_path_encoded_or_not(
    api: httpx.Client, store: Store, symbol: str
) -> None:
    store.ticks(symbol, [Tick(NOON, "1")])
    for safe in ("", "/:"):
        answer = api.get(f"/v1/symbols/{quote(symbol, safe=safe)}")
        assert answer.status_code == 200, (safe, answer.text)
        assert answer.json()["symbol"] == symbol


def test_an_alias_in_the_path_is_found_and_an_unknown_symbol_is_not(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("KRAKEN:BTC/USD", [Tick(NOON, "1")])
    for alias in ("btcusd", "BTC/USD", "btc%2Fusd", "kraken:btc/usd"):
        assert api.get(f"/v1/symbols/{alias}").json()["symbol"] == "KRAKEN:BTC/USD"
    answer = api.get("/v1/symbols/NOPE")
    assert (answer.status_code, answer.json()["field"]) == (404, "symbol")
    answer = api.get("/v1/symbols/BTCUSD", params={"symbol": "A"})
    assert (answer.status_code, answer.json()["field"]) == (422, "symbol")
