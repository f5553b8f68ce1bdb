"""Klines as Binance's clients ask for them: inclusive ends, twelve items, its codes of errors."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.api.store import NOON, Quote, Store, Tick, at, minutes

SYMBOL = "KRAKEN:BTC/USD"
NOON_MS = 1772193600000  # 2026-02-27T12:00:00Z
MINUTE_MS = 60_000


def _klines(api: httpx.Client, **params: object) -> Any:
    answer = api.get(
        "/binance/api/v3/klines",
        params={"symbol": "BTCUSD", "interval": "1m"} | params,  # type: ignore[arg-type]
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def _opens(api: httpx.Client, **params: object) -> list[int]:
    """Returns the minutes after noon at which the bars begin."""
    return [(item[0] - NOON_MS) // MINUTE_MS for item in _klines(api, **params)]


def test_a_bar_has_twelve_items_with_prices_as_they_were_sent(
    api: httpx.Client, store: Store
) -> None:
    store.ticks(
        SYMBOL,
        [
            Tick(at("12:05:00.5"), "64012.10", "0.5"),
            Tick(at("12:05:30"), "64020", "0.25"),
            Tick(at("12:05:59.999999"), "64000.00000001", "1"),
        ],
    )
    # 64012.10 * 0.5 + 64020 * 0.25 + 64000.00000001 = 32006.05 + 16005 + 64000.00000001
    assert _klines(api) == [
        [
            NOON_MS + 5 * MINUTE_MS,
            "64012.10",
            "64020",
            "64000.00000001",
            "64000.00000001",
            "1.75",
            NOON_MS + 6 * MINUTE_MS - 1,
            "112011.05000001",
            3,
            "0",
            "0",
            "0",
        ]
    ]


def test_both_ends_of_the_window_are_inclusive_by_open_time(
    api: httpx.Client, store: Store
) -> None:
    store.ticks(SYMBOL, minutes(10))
    window = {"startTime": NOON_MS + 2 * MINUTE_MS, "endTime": NOON_MS + 5 * MINUTE_MS}
    assert _opens(api, **window) == [2, 3, 4, 5]
    window = {"startTime": NOON_MS + 2 * MINUTE_MS + 1, "endTime": NOON_MS + 5 * MINUTE_MS - 1}
    assert _opens(api, **window) == [3, 4]


def test_without_a_start_the_newest_bars_come_and_with_one_the_oldest(
    api: httpx.Client, store: Store
) -> None:
    store.ticks(SYMBOL, minutes(10))
    assert _opens(api, limit=3) == [7, 8, 9]
    assert _opens(api, limit=3, endTime=NOON_MS + 5 * MINUTE_MS) == [3, 4, 5]
    assert _opens(api, limit=3, startTime=NOON_MS + MINUTE_MS) == [1, 2, 3]
    assert _opens(api, limit=1, startTime=0) == [0]


def test_start_after_end_is_an_empty_window(api: httpx.Client, store: Store) -> None:
    store.ticks(SYMBOL, minutes(3))
    assert _klines(api, startTime=NOON_MS + MINUTE_MS, endTime=NOON_MS) == []


def test_times_in_microseconds_are_read_and_answered_by_header(
    api: httpx.Client, store: Store
) -> None:
    store.ticks(SYMBOL, minutes(3))
    start = (NOON_MS + MINUTE_MS) * 1000
    assert _opens(api, startTime=start + 1) == [2]
    answer = api.get(
        "/binance/api/v3/klines",
        params={"symbol": "BTCUSD", "interval": "1m", "limit": 1},
        headers={"X-MBX-TIME-UNIT": "microsecond"},
    )
    [bar] = answer.json()
    assert (bar[0], bar[6]) == (
        (NOON_MS + 2 * MINUTE_MS) * 1000,
        (NOON_MS + 3 * MINUTE_MS) * 1000 - 1,
    )


@pytest.mark.parametrize(
    "interval, opens, closes",
    [
        ("1s", NOON_MS + 90_000, NOON_MS + 90_999),
        ("3m", NOON_MS, NOON_MS + 3 * MINUTE_MS - 1),
        ("1d", 1772150400000, 1772236799999),
        # Monday, 23 February, to Sunday, 1 March
        ("1w", 1771804800000, 1772409599999),
        # the day is the 20,511th after 1 January 1970, which is 3 * 6,837: to 1 March
        ("3d", 1772150400000, 1772409599999),
        ("1M", 1769904000000, 1772323199999),
    ],
)
def test_a_bar_opens_and_closes_with_its_interval(
    api: httpx.Client, store: Store, interval: str, opens: int, closes: int
) -> None:
    store.ticks(SYMBOL, [Tick(NOON + timedelta(seconds=90), "1")])
    [bar] = _klines(api, interval=interval)
    assert (bar[0], bar[6]) == (opens, closes)


def test_bars_of_quotes_have_prices_and_no_volume(api: httpx.Client, store: Store) -> None:
    store.quotes("OANDA:EUR/USD", [Quote(NOON, "1.10", "1.20")])
    [bar] = _klines(api, symbol="EURUSD")
    assert bar[1:6] == ["1.150", "1.150", "1.150", "1.150", "0"]
    assert bar[7:] == ["0", 1, "0", "0", "0"]


@pytest.mark.parametrize(
    "params, code, words",
    [
        ({"symbol": "NONE"}, -1121, "Invalid symbol."),
        ({"symbol": None}, -1102, "Mandatory parameter 'symbol' was not sent"),
        ({"interval": None}, -1102, "Mandatory parameter 'interval' was not sent"),
        ({"interval": "1D"}, -1120, "Invalid interval."),
        ({"interval": "7m"}, -1120, "Invalid interval."),
        ({"limit": "1001"}, -1130, "1 to 1000"),
        ({"limit": "0"}, -1130, "1 to 1000"),
        ({"startTime": "2026-02-27"}, -1100, "Illegal characters found in parameter 'startTime'"),
        ({"startTime": "-1"}, -1100, "'startTime'"),
        ({"endTime": "\u0661"}, -1100, "'endTime'"),
        ({"endTime": ""}, -1102, "'endTime'"),
        ({"timeZone": "+8:00"}, -1130, "in UTC"),
        ({"starttime": "1"}, -1104, "starttime"),
        ({"limit": ["1", "2"]}, -1101, "duplicate"),
    ],
)
def test_a_refused_request_has_the_code_of_binance(
    api: httpx.Client, store: Store, params: dict[str, Any], code: int, words: str
) -> None:
    store.ticks(SYMBOL, minutes(1))
    sent = {"symbol": "BTCUSD", "interval": "1m"} | params
    answer = api.get(
        "/binance/api/v3/klines",
        params={name: value for name, value in sent.items() if value is not None},
    )
    assert answer.status_code == 400
    body = answer.json()
    assert body["code"] == code
    assert words in body["msg"]
    assert answer.headers["content-type"] == "application/json"


def test_a_time_unit_that_is_none_is_refused(api: httpx.Client, store: Store) -> None:
    store.ticks(SYMBOL, minutes(1))
    answer = api.get(
        "/binance/api/v3/klines",
        params={"symbol": "BTCUSD", "interval": "1m"},
        headers={"X-MBX-TIME-UNIT": "NANOSECOND"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, -1130)


def test_a_pair_that_two_venues_have_is_refused_unless_it_is_binances_own(
    api: httpx.Client, store: Store
) -> None:
    for symbol in ("KRAKEN:BTC/USD", "COINBASE:BTC-USD", "BINANCE:ETHUSDT", "BYBIT:ETHUSDT"):
        store.ticks(symbol, [Tick(NOON, "1" if symbol.startswith("BINANCE") else "2")])
    answer = api.get("/binance/api/v3/klines", params={"symbol": "BTCUSD", "interval": "1m"})
    assert answer.status_code == 400
    assert answer.json()["code"] == -1121
    assert "COINBASE:BTC-USD or KRAKEN:BTC/USD" in answer.json()["msg"]
    [bar] = _klines(api, symbol="KRAKEN:BTC/USD")
    assert bar[1] == "2"
    [bar] = _klines(api, symbol="ETHUSDT")
    assert bar[1] == "1"


@pytest.mark.parametrize("path", ["/api/v3/account", "/api/v3/myTrades", "/fapi/v2/balance", "/x"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_accounts_and_unknown_paths_are_refused_in_the_shape_of_binance(
    api: httpx.Client, method: str, path: str
) -> None:
    answer = api.request(method, f"/binance{path}")
    assert answer.status_code == 404
    assert answer.json()["code"] == -1020
