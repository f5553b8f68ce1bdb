"""Tickers, and the instruments of the exchange."""

import httpx
import pytest

from tests.api.store import NOON, Quote, Store, Tick, minute


def test_prices_are_those_of_the_newest_trades_or_of_quotes(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("KRAKEN:BTC/USD", [Tick(minute(2), "64000"), Tick(minute(1), "64012.10")])
    store.quotes("OANDA:EUR/USD", [Quote(NOON, "1.10", "1.20")])
    path = "/binance/api/v3/ticker/price"
    bitcoin, euro = (
        {"symbol": "BTCUSD", "price": "64012.10"},
        {"symbol": "EURUSD", "price": "1.150"},
    )
    assert api.get(path, params={"symbol": "BTCUSD"}).json() == bitcoin
    assert api.get(path, params={"symbols": '["EURUSD","BTCUSD"]'}).json() == [euro, bitcoin]
    assert api.get(path).json() == [bitcoin, euro]


def test_book_tickers_are_the_newest_quotes(api: httpx.Client, store: Store) -> None:
    store.ticks("AAPL", [Tick(NOON, "1")])
    store.quotes(
        "OANDA:EUR/USD", [Quote(NOON, "1.10", "1.20"), Quote(minute(1), "1.15", None, "5")]
    )
    path = "/binance/api/v3/ticker/bookTicker"
    euro = {
        "symbol": "EURUSD",
        "bidPrice": "1.15",
        "bidQty": "5",
        "askPrice": "0",
        "askQty": "0",
    }
    assert api.get(path, params={"symbol": "EURUSD"}).json() == euro
    assert api.get(path).json() == [euro]


def test_a_day_has_the_figures_of_its_trades(api: httpx.Client, store: Store) -> None:
    store.ticks(
        "KRAKEN:BTC/USD",
        [
            Tick(minute(60 * 25), "90", "7"),  # before the window
            Tick(minute(600), "100", "2"),
            Tick(minute(300), "80", "1"),
            Tick(minute(5), "125", "1"),
        ],
    )
    store.quotes("KRAKEN:BTC/USD", [Quote(minute(1), "124", "126", "3")])
    figures = api.get("/binance/api/v3/ticker/24hr", params={"symbol": "BTCUSD"}).json()
    times = figures.pop("openTime"), figures.pop("closeTime")
    assert 86_340_000 <= times[1] - times[0] < 86_400_000
    assert figures == {
        "symbol": "BTCUSD",
        "priceChange": "25",
        "priceChangePercent": "25.000",
        "weightedAvgPrice": "101.25000000",  # (200 + 80 + 125) / 4
        "prevClosePrice": "90",
        "lastPrice": "125",
        "lastQty": "1",
        "bidPrice": "124",
        "bidQty": "3",
        "askPrice": "126",
        "askQty": "0",
        "openPrice": "100",
        "highPrice": "125",
        "lowPrice": "80",
        "volume": "4",
        "quoteVolume": "405",
        "firstId": 1,
        "lastId": 3,
        "count": 3,
    }
    assert len(api.get("/binance/api/v3/ticker/24hr").json()) == 1


def test_a_day_without_trades_shows_the_last_price(api: httpx.Client, store: Store) -> None:
    store.ticks("KRAKEN:BTC/USD", [Tick(NOON, "64000")])
    figures = api.get("/binance/api/v3/ticker/24hr", params={"symbol": "BTCUSD"}).json()
    assert {figures[name] for name in ("openPrice", "highPrice", "lowPrice", "lastPrice")} == {
        "64000"
    }
    assert (figures["volume"], figures["count"], figures["lastId"]) == ("0", 0, -1)


@pytest.mark.parametrize(
    "params, code",
    [
        ({"symbol": "NONE"}, -1121),
        ({"symbols": '["NONE"]'}, -1121),
        ({"symbols": "BTCUSD"}, -1100),
        ({"symbols": "[]"}, -1130),
        ({"symbols": '["BTCUSD","BTCUSD"]'}, -1101),
        ({"symbol": "BTCUSD", "symbols": '["BTCUSD"]'}, -1128),
    ],
)
def test_symbols_that_mean_nothing_are_refused(
    api: httpx.Client, store: Store, params: dict[str, str], code: int
) -> None:
    store.ticks("KRAKEN:BTC/USD", [Tick(NOON, "1")])
    for path in ("ticker/24hr", "ticker/price", "ticker/bookTicker", "exchangeInfo"):
        answer = api.get(f"/binance/api/v3/{path}", params=params)
        assert (answer.status_code, answer.json()["code"]) == (400, code), path


def test_instruments_have_a_symbol_of_one_word_and_the_step_of_their_prices(
    api: httpx.Client, store: Store
) -> None:
    for symbol in ("KRAKEN:BTC/USD", "KRAKEN:ETH/EUR", "COINBASE:ETH-EUR", "AAPL"):
        store.ticks(symbol, [Tick(NOON, "1")])
    store.execute("update market.instruments set price_scale = 1 where symbol = 'KRAKEN:BTC/USD'")
    info = api.get("/binance/api/v3/exchangeInfo").json()
    assert (info["timezone"], info["rateLimits"], info["exchangeFilters"]) == ("UTC", [], [])
    assert [
        (one["symbol"], one["baseAsset"], one["quoteAsset"], one["filters"][0]["tickSize"])
        for one in info["symbols"]
    ] == [
        ("AAPL", "AAPL", "XXX", "0.00000001"),
        ("BTCUSD", "BTC", "USD", "0.1"),
        ("COINBASE:ETH-EUR", "COINBASE:ETH", "EUR", "0.00000001"),
        ("KRAKEN:ETH/EUR", "KRAKEN:ETH", "EUR", "0.00000001"),
    ]
    one = api.get("/binance/api/v3/exchangeInfo", params={"symbol": "BTCUSD"}).json()
    assert [each["instrument"] for each in one["symbols"]] == ["KRAKEN:BTC/USD"]


def test_a_former_name_is_no_market_of_its_own(api: httpx.Client, store: Store) -> None:
    for symbol in ("FB", "META"):
        store.ticks(symbol, [Tick(NOON, "1")])
    store.execute(
        "insert into market.names values ('FB', '-infinity', '2026-06-09', 'META'),"
        " ('META', '2026-06-09', 'infinity', 'META')"
    )
    listed = api.get("/binance/api/v3/exchangeInfo").json()["symbols"]
    assert [one["symbol"] for one in listed] == ["META"]
    prices = api.get("/binance/api/v3/ticker/price").json()
    assert [one["symbol"] for one in prices] == ["META"]
    asked = api.get("/binance/api/v3/ticker/price", params={"symbol": "FB"}).json()
    assert asked["symbol"] == "FB"


def test_there_are_no_futures_and_no_options(api: httpx.Client) -> None:
    for path in ("/fapi/v1/exchangeInfo", "/dapi/v1/exchangeInfo"):
        assert api.get(f"/binance{path}").json()["symbols"] == []
    assert api.get("/binance/eapi/v1/exchangeInfo").json()["optionSymbols"] == []


def test_ping_is_empty_and_time_is_now(api: httpx.Client) -> None:
    assert api.get("/binance/api/v3/ping").text == "{}"
    milliseconds = api.get("/binance/api/v3/time").json()["serverTime"]
    microseconds = api.get(
        "/binance/api/v3/time", headers={"X-MBX-TIME-UNIT": "MICROSECOND"}
    ).json()["serverTime"]
    assert 0 <= microseconds - milliseconds * 1000 < 60_000_000


def test_every_symbol_of_the_list_means_its_instrument(api: httpx.Client, store: Store) -> None:
    stored = ("BTCUSD", "KRAKEN:BTC/USD", "BINANCE:ETHUSDT", "BYBIT:ETHUSDT", "KRAKEN:SOL/EUR")
    for number, symbol in enumerate(stored):
        store.ticks(symbol, [Tick(NOON, f"{number + 1}")])
    info = api.get("/binance/api/v3/exchangeInfo").json()["symbols"]
    assert {one["symbol"]: one["instrument"] for one in info} == {
        "BTCUSD": "BTCUSD",
        "KRAKEN:BTC/USD": "KRAKEN:BTC/USD",
        "ETHUSDT": "BINANCE:ETHUSDT",
        "BYBIT:ETHUSDT": "BYBIT:ETHUSDT",
        "SOLEUR": "KRAKEN:SOL/EUR",
    }
    assert len({(one["baseAsset"], one["quoteAsset"]) for one in info}) == len(stored)
    for one in info:
        ticker = api.get("/binance/api/v3/ticker/price", params={"symbol": one["symbol"]}).json()
        assert ticker["price"] == str(stored.index(one["instrument"]) + 1)


def test_tickers_of_very_many_symbols_are_asked_for_by_name(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("KRAKEN:BTC/USD", [Tick(NOON, "1")])
    store.execute(
        "insert into market.instruments (symbol) select 'S' || n from generate_series(1, 500) as n"
    )
    for name in ("24hr", "price", "bookTicker"):
        answer = api.get(f"/binance/api/v3/ticker/{name}")
        assert (answer.status_code, answer.json()["code"]) == (400, -1130)
        assert "'symbols'" in answer.json()["msg"]
    path = "/binance/api/v3/ticker/price"
    assert len(api.get(path, params={"symbols": '["BTCUSD"]'}).json()) == 1
