"""The legacy endpoints answer as their documentation shows, to the order of the fields."""

import json

import httpx
import pytest

from tests.api.store import Store, Tick, iso, minute

SYMBOL_ROUTES = ("/ticks/latest", "/ticks/summary", "/bars/latest", "/bars/summary")
WEIRD = (
    "BINANCE:BTCUSDT",
    "KRAKEN:BTC/USD",
    "BRK.B",
    "IC MARKETS:1",
    "^GSPC",
    "ES=F",
    "BTC+USD&x=1",
    "Q\"uo'te\\",
    "100%",
    "ÖMV",
    "x" * 128,
)


def test_health_is_ok_while_the_database_answers(api: httpx.Client) -> None:
    answer = api.get("/health")
    assert answer.status_code == 200
    assert answer.text == '{"status":"ok","db":"ok"}'


def test_symbols_are_listed_in_order(api: httpx.Client, store: Store) -> None:
    assert api.get("/symbols").text == '{"symbols":[]}'
    for symbol in ("MSFT", "AAPL", "KRAKEN:BTC/USD"):
        store.ticks(symbol, [Tick(minute(1), "1")])
    assert api.get("/symbols").text == '{"symbols":["AAPL","KRAKEN:BTC/USD","MSFT"]}'


def test_latest_ticks_come_newest_first_as_documented(api: httpx.Client, store: Store) -> None:
    old, new = minute(3), minute(2, 1.25)
    store.ticks("AAPL", [Tick(old, "189.50", "100"), Tick(new, "189.72", "8341")])
    assert api.get("/ticks/latest", params={"symbol": "AAPL", "limit": 5}).text == (
        '{"symbol":"AAPL","count":2,"ticks":['
        f'{{"symbol":"AAPL","price":189.72,"volume":8341,"event_time":"{iso(new)[:-1]}.25Z"}},'
        f'{{"symbol":"AAPL","price":189.50,"volume":100,"event_time":"{iso(old)}"}}]}}'
    )


def test_latest_ticks_of_one_instant_come_in_the_order_of_the_source(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("AAPL", [Tick(minute(2), price) for price in ("1", "2", "3")])
    answer = api.get("/ticks/latest", params={"symbol": "AAPL", "limit": 2}).json()
    assert [tick["price"] for tick in answer["ticks"]] == [3, 2]


def test_tick_summary_covers_the_window(api: httpx.Client, store: Store) -> None:
    first, last = minute(4), minute(1)
    store.ticks(
        "AAPL",
        [
            Tick(minute(30), "500", "9"),  # before the window
            Tick(first, "189.52", "1000"),
            Tick(minute(3), "190.11", "200"),
            Tick(last, "189.90", "30"),
        ],
    )
    # (189.52 + 190.11 + 189.90) / 3 = 189.84333...
    assert api.get("/ticks/summary", params={"symbol": "AAPL", "minutes": 10}).text == (
        '{"symbol":"AAPL","window_minutes":10,"count":3,"avg_price":189.8433,"min_price":189.52,'
        '"max_price":190.11,"sum_volume":1230,'
        f'"start_time":"{iso(first)}","end_time":"{iso(last)}"}}'
    )


def test_average_of_a_coin_below_a_cent_keeps_its_decimals(api: httpx.Client, store: Store) -> None:
    store.ticks("SHIB", [Tick(minute(2), "0.00000811"), Tick(minute(1), "0.00000813")])
    answer = api.get("/ticks/summary", params={"symbol": "SHIB"})
    assert '"avg_price":0.00000812,' in answer.text


def test_latest_bars_come_newest_first_as_documented(api: httpx.Client, store: Store) -> None:
    store.ticks(
        "AAPL",
        [
            Tick(minute(3, 1), "189.50", "10"),
            Tick(minute(2, 0), "189.72", "87000"),
            Tick(minute(2, 10), "190.11", "300"),
            Tick(minute(2, 20), "189.52", "90"),
            Tick(minute(2, 59.999), "189.98", "10"),
        ],
    )
    assert api.get("/bars/latest", params={"symbol": "AAPL", "limit": 10}).text == (
        '{"symbol":"AAPL","count":2,"bars":['
        f'{{"symbol":"AAPL","bucket_start":"{iso(minute(2))}","open":189.72,"high":190.11,'
        '"low":189.52,"close":189.98,"volume_sum":87400,"tick_count":4},'
        f'{{"symbol":"AAPL","bucket_start":"{iso(minute(3))}","open":189.50,"high":189.50,'
        '"low":189.50,"close":189.50,"volume_sum":10,"tick_count":1}]}'
    )


def test_bar_summary_makes_one_bar_of_the_window(api: httpx.Client, store: Store) -> None:
    store.ticks(
        "AAPL",
        [
            Tick(minute(9, 1), "189.50", "5000000"),
            Tick(minute(9, 2), "189.60", "1"),
            Tick(minute(5), "190.75", "239990"),
            Tick(minute(4), "188.90", "5"),
            Tick(minute(2), "190.12", "4"),
        ],
    )
    # (190.12 - 189.50) / 189.50 = 0.3271767... per cent
    assert api.get("/bars/summary", params={"symbol": "AAPL", "minutes": 60}).text == (
        '{"symbol":"AAPL","window_minutes":60,"bar_count":4,"open":189.50,"high":190.75,'
        '"low":188.90,"close":190.12,"change_pct":0.3272,"total_volume":5240000,"total_ticks":5,'
        f'"start_time":"{iso(minute(9))}","end_time":"{iso(minute(2))}"}}'
    )


def test_movers_are_ranked_by_the_size_of_their_change(api: httpx.Client, store: Store) -> None:
    for symbol, opened, closed in (
        ("NVDA", "874.50", "876.20"),  # + 0.19439...
        ("TSLA", "244.80", "245.60"),  # + 0.32679...
        ("AAPL", "100", "99"),  # - 1
        ("FLAT", "5", "5"),
        ("GONE", "1", "2"),  # before the window
    ):
        ago = 400 if symbol == "GONE" else 3
        store.ticks(symbol, [Tick(minute(ago), opened), Tick(minute(ago - 1), closed)])
    assert api.get("/movers", params={"minutes": 10, "limit": 3}).text == (
        '{"window_minutes":10,"movers":['
        '{"symbol":"AAPL","price_open":100,"price_close":99,"change_pct":-1},'
        '{"symbol":"TSLA","price_open":244.80,"price_close":245.60,"change_pct":0.3268},'
        '{"symbol":"NVDA","price_open":874.50,"price_close":876.20,"change_pct":0.1944}]}'
    )
    movers = api.get("/movers", params={"minutes": 10}).json()["movers"]
    assert [mover["symbol"] for mover in movers] == ["AAPL", "TSLA", "NVDA", "FLAT"]


def test_movers_of_an_empty_database_are_none(api: httpx.Client) -> None:
    assert api.get("/movers").text == '{"window_minutes":5,"movers":[]}'


def test_ping_and_status_answer_like_the_go_service(api: httpx.Client, store: Store) -> None:
    store.ticks("BINANCE:BTCUSDT", [Tick(minute(1), "1")])
    assert api.get("/api/v1/ping").text == '{"status":"StockPulse API is live"}'
    assert api.get("/api/v1/status").text == (
        '{"kafka_broker":"127.0.0.1:9092","monitored_symbols":["BINANCE:BTCUSDT"]}'
    )


@pytest.mark.parametrize(
    "path, defaults",
    [
        ("/ticks/latest?symbol=A", {"limit": (1, 100, 10)}),
        ("/ticks/summary?symbol=A", {"minutes": (1, 1440, 5)}),
        ("/bars/latest?symbol=A", {"limit": (1, 1440, 60)}),
        ("/bars/summary?symbol=A", {"minutes": (1, 1440, 60)}),
        ("/movers?x=", {"minutes": (1, 1440, 5), "limit": (1, 20, 5)}),
    ],
)
def test_numbers_are_bounded(
    api: httpx.Client, store: Store, path: str, defaults: dict[str, tuple[int, int, int]]
) -> None:
    # This minute and the next: within any window, even if the minute ends meanwhile.
    store.ticks("A", [Tick(minute(-n % 2 - 1, n), "1") for n in range(12)])
    # More than any default shows, beyond every window.
    store.ticks("A", [Tick(minute(3000 + n), "1") for n in range(70)])
    for symbol in "BCDEF":
        store.ticks(symbol, [Tick(minute(-n), "1") for n in range(2)])
    plain = api.get(path)
    for field, (least, most, default) in defaults.items():
        assert api.get(f"{path}&{field}={default}").text == plain.text
        for fine in (least, most):
            assert api.get(f"{path}&{field}={fine}").status_code == 200
        for wrong in (
            *(least - 1, most + 1, -5, "", "abc", "1.5", "1e1", "+5", " 5", "9" * 400, "0x10"),
            *("NaN", "\uff15"),
        ):
            answer = api.get(path, params={"symbol": "A", field: wrong})
            assert answer.status_code == 422, wrong
            error = answer.json()["detail"]["error"]
            assert error["code"] == "VALIDATION_ERROR"
            assert error["field"] == field
            assert error["message"] == f"{field} must be an integer from {least} to {most}"


@pytest.mark.parametrize("kind", ["ticks", "bars"])
def test_there_is_nothing_new_of_an_unknown_symbol(api: httpx.Client, kind: str) -> None:
    answer = api.get(f"/{kind}/latest", params={"symbol": "nope"})
    assert answer.status_code == 200
    assert answer.text == f'{{"symbol":"NOPE","count":0,"{kind}":[]}}'


@pytest.mark.parametrize("path", ["/ticks/summary", "/bars/summary"])
def test_unknown_symbol_is_not_found_in_the_legacy_shape(api: httpx.Client, path: str) -> None:
    answer = api.get(path, params={"symbol": "NOPE"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"
    assert answer.text == (
        '{"detail":{"error":{"code":"NOT_FOUND","message":"no symbol NOPE has been stored",'
        '"field":"symbol"}}}'
    )


@pytest.mark.parametrize("path", SYMBOL_ROUTES)
@pytest.mark.parametrize(
    "query", ["", "?symbol=", f"?symbol={'x' * 129}", "?symbol=A%00", "?symbol=A%0A"]
)
def test_malformed_symbol_is_refused(api: httpx.Client, path: str, query: str) -> None:
    answer = api.get(path + query)
    assert answer.status_code == 422
    assert answer.json()["detail"]["error"]["field"] == "symbol"


@pytest.mark.parametrize("path", SYMBOL_ROUTES)
def test_malformed_source_is_refused(api: httpx.Client, path: str) -> None:
    for source in ("", "x" * 65, "a\x00"):
        answer = api.get(path, params={"symbol": "A", "source": source})
        assert answer.status_code == 422
        assert answer.json()["detail"]["error"]["field"] == "source"


@pytest.mark.parametrize("path", SYMBOL_ROUTES)
def test_any_symbol_of_a_source_is_answered(api: httpx.Client, store: Store, path: str) -> None:
    for symbol in WEIRD:
        store.ticks(symbol, [Tick(minute(1), "2")])
    for symbol in WEIRD:
        answer = api.get(path, params={"symbol": symbol})
        assert answer.status_code == 200, symbol
        assert answer.json()["symbol"] == symbol


def test_symbol_in_lower_case_is_found_after_an_exact_match(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("AAPL", [Tick(minute(1), "1")])
    assert api.get("/ticks/latest", params={"symbol": "aapl"}).json()["symbol"] == "AAPL"
    store.ticks("MSFT", [Tick(minute(1), "1")])
    store.ticks("msft", [Tick(minute(1), "2")])
    assert api.get("/ticks/latest", params={"symbol": "msft"}).json()["symbol"] == "msft"
    assert api.get("/ticks/latest", params={"symbol": "MSFT"}).json()["symbol"] == "MSFT"


def test_known_symbol_without_data_in_the_window_is_not_found(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("AAPL", [Tick(minute(3000), "1")])
    for path in ("/ticks/summary", "/bars/summary"):
        answer = api.get(path, params={"symbol": "AAPL", "minutes": 60})
        assert answer.status_code == 404
        error = answer.json()["detail"]["error"]
        assert error == {"code": "NOT_FOUND", "message": "nothing of AAPL in the last 60 minutes"}


def test_a_quote_has_no_volume_and_its_sums_are_zero(api: httpx.Client, store: Store) -> None:
    store.ticks("EUR/USD", [Tick(minute(2), "1.08425", None), Tick(minute(1), "1.08435", None)])
    params = {"symbol": "EUR/USD"}
    ticks = api.get("/ticks/latest", params=params).json()["ticks"]
    assert [tick["volume"] for tick in ticks] == [None, None]
    assert api.get("/ticks/summary", params=params).json()["sum_volume"] == 0
    assert api.get("/bars/latest", params=params).json()["bars"][0]["volume_sum"] == 0
    assert api.get("/bars/summary", params=params).json()["total_volume"] == 0


def test_sources_of_a_symbol_never_mix(api: httpx.Client, store: Store) -> None:
    store.ticks("BTC", [Tick(minute(3), "100", "1"), Tick(minute(2), "101", "1")], source="kraken")
    store.ticks("BTC", [Tick(minute(3), "200", "5"), Tick(minute(1), "202", "5")], source="finnhub")
    newest = {"symbol": "BTC"}  # finnhub has the newest tick
    kraken = newest | {"source": "kraken"}
    assert [t["price"] for t in api.get("/ticks/latest", params=newest).json()["ticks"]] == [
        202,
        200,
    ]
    assert [t["price"] for t in api.get("/ticks/latest", params=kraken).json()["ticks"]] == [
        101,
        100,
    ]
    assert api.get("/ticks/summary", params=kraken).json()["sum_volume"] == 2
    assert api.get("/bars/latest", params=newest).json()["count"] == 2
    assert api.get("/bars/summary", params=newest).json()["total_volume"] == 10
    assert api.get("/bars/summary", params=kraken).json()["close"] == 101
    assert api.get("/movers").json()["movers"][0]["change_pct"] == 1  # 200 to 202
    store.execute("update market.instruments set primary_source = 'kraken'")
    assert api.get("/bars/summary", params=newest).json()["close"] == 101
    assert api.get("/movers").json()["movers"][0]["price_open"] == 100


def test_source_without_ticks_of_the_symbol_gives_nothing(api: httpx.Client, store: Store) -> None:
    store.ticks("AAPL", [Tick(minute(1), "1")])
    params = {"symbol": "AAPL", "source": "nobody"}
    assert api.get("/ticks/latest", params=params).text == '{"symbol":"AAPL","count":0,"ticks":[]}'
    assert api.get("/bars/latest", params=params).text == '{"symbol":"AAPL","count":0,"bars":[]}'
    assert api.get("/bars/summary", params=params).status_code == 404


def test_timeframe_is_taken_on_the_bars_routes(api: httpx.Client, store: Store) -> None:
    store.ticks("AAPL", [Tick(minute(ago), str(200 - ago)) for ago in range(130, 0, -1)])
    hours = api.get("/bars/latest", params={"symbol": "AAPL", "timeframe": "1H"}).json()["bars"]
    assert len(hours) in (3, 4)  # 130 minutes touch three hours, or four
    assert sum(hour["tick_count"] for hour in hours) == 130
    assert hours[0]["close"] == 199
    summary = {"symbol": "AAPL", "timeframe": "60", "minutes": 1440}
    assert api.get("/bars/summary", params=summary).json()["total_ticks"] in range(1, 131)


def test_numbers_go_out_as_they_are_stored(api: httpx.Client, store: Store) -> None:
    price, size = "12345678901234567890.1234567890123456789", "0.000000000000000001"
    store.ticks("EXACT", [Tick(minute(1), price, size)])
    text = api.get("/ticks/latest", params={"symbol": "EXACT"}).text
    assert f'"price":{price},"volume":{size},' in text
    assert json.loads(text)["count"] == 1
