"""Windows of the Alpaca dialect: both ends are inclusive, symbols share the limit of a page."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from stack.database import Database
from tests.api.store import NOON, Quote, Store, Tick, at, minutes

BARS = {"timeframe": "1Min", "start": "2026-02-27T12:00:00Z", "end": "2026-02-27T23:00:00Z"}
DAY = {"start": "2026-02-27", "end": "2026-02-27"}


def _get(api: httpx.Client, path: str, **params: object) -> dict[str, Any]:
    answer = api.get(f"/alpaca{path}", params=params)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _pages(api: httpx.Client, path: str, **params: object) -> Iterator[dict[str, Any]]:
    """Yields the pages of a window, as a client does that goes on until there is no token."""
    token: str | None = ""
    while token is not None:
        page = _get(api, path, **params, page_token=token)
        yield page
        token = page["next_page_token"]


def test_a_window_of_bars_includes_the_bar_that_begins_at_its_end(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("AAPL", minutes(5))
    window = BARS | {"end": "2026-02-27T12:02:00Z"}
    assert _get(api, "/v2/stocks/bars", symbols="AAPL", **window) == {
        "bars": {
            "AAPL": [
                {"t": "2026-02-27T12:00:00Z", "o": 1, "h": 1, "l": 1, "c": 1, "v": 1, "n": 1,
                 "vw": 1},
                {"t": "2026-02-27T12:01:00Z", "o": 2, "h": 2, "l": 2, "c": 2, "v": 1, "n": 1,
                 "vw": 2},
                {"t": "2026-02-27T12:02:00Z", "o": 3, "h": 3, "l": 3, "c": 3, "v": 1, "n": 1,
                 "vw": 3},
            ]
        },
        "next_page_token": None,
    }  # fmt: skip


def test_a_start_within_a_bar_begins_with_the_next_one_even_by_a_nanosecond(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("AAPL", minutes(3))
    window = BARS | {"start": "2026-02-27T12:00:00.000000001Z"}
    page = _get(api, "/v2/stocks/AAPL/bars", **window)
    assert [bar["t"] for bar in page["bars"]] == ["2026-02-27T12:01:00Z", "2026-02-27T12:02:00Z"]


@pytest.mark.parametrize(
    "start, end, expected",
    [
        ("12:00:00.000001100", "12:00:00.000001300", ["100", "200", "300"]),
        ("12:00:00.000001101", "12:00:00.000001299", ["200"]),
        ("12:00:00.000001", "12:00:00.000001", []),
        ("12:00:00.000001", "12:00:00.000002", ["100", "200", "300"]),
        ("12:00:00.0000012", "12:00:00.0000012", ["200"]),
    ],
)
def test_both_ends_of_a_window_of_trades_are_inclusive_to_the_nanosecond(
    api: httpx.Client, store: Store, start: str, end: str, expected: list[str]
) -> None:
    store.ticks("AAPL", [Tick(at("12:00:00.000001"), "1", str(size)) for size in (100, 200, 300)])
    store.execute("update market.trades set ns = size::smallint")
    window = {"start": f"2026-02-27T{start}Z", "end": f"2026-02-27T{end}Z"}
    page = _get(api, "/v2/stocks/AAPL/trades", **window)
    assert [str(trade["s"]) for trade in page["trades"]] == expected


def test_times_of_trades_have_nanoseconds_and_no_zeros_at_their_end(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("AAPL", [Tick(at("12:00:00"), "1"), Tick(at("12:00:00.5"), "1")])
    store.execute("update market.trades set ns = 7 where ts > '2026-02-27 12:00:00+00'")
    page = _get(api, "/v2/stocks/AAPL/trades", **DAY)
    assert [trade["t"] for trade in page["trades"]] == [
        "2026-02-27T12:00:00Z",
        "2026-02-27T12:00:00.500000007Z",
    ]


def test_a_date_as_end_includes_all_of_its_day(api: httpx.Client, store: Store) -> None:
    late = [Tick(at("23:59:59.999999"), "1"), Tick(at("23:59:59.999999") + timedelta(days=1), "2")]
    store.ticks("AAPL", late)
    assert [trade["p"] for trade in _get(api, "/v2/stocks/AAPL/trades", **DAY)["trades"]] == [1]


def test_without_a_start_the_window_begins_with_this_day(api: httpx.Client, store: Store) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    store.ticks("AAPL", [Tick(midnight - timedelta(microseconds=1), "1"), Tick(midnight, "2")])
    assert [trade["p"] for trade in _get(api, "/v2/stocks/AAPL/trades")["trades"]] == [2]


def test_symbols_share_the_limit_and_the_next_page_goes_on(api: httpx.Client, store: Store) -> None:
    for symbol, count in (("AAPL", 5), ("MSFT", 3), ("TSLA", 1)):
        store.ticks(symbol, minutes(count))
    pages = list(_pages(api, "/v2/stocks/bars", symbols="TSLA,AAPL,MSFT", limit=4, **BARS))
    assert [{symbol: len(bars) for symbol, bars in page["bars"].items()} for page in pages] == [
        {"AAPL": 4},
        {"AAPL": 1, "MSFT": 3},
        {"TSLA": 1},
    ]


@pytest.mark.parametrize("sort, prices", [("asc", [1, 1, 1, 2]), ("desc", [2, 1, 1, 1])])
def test_trades_that_are_equal_in_everything_are_given_once_each(
    api: httpx.Client, store: Store, sort: str, prices: list[int]
) -> None:
    store.ticks(
        "AAPL", [Tick(NOON, "1"), Tick(NOON, "1"), Tick(NOON, "1"), Tick(at("13:00:00"), "2")]
    )
    store.execute("update market.trades set tick_id = null, seq = 0")
    pages = list(_pages(api, "/v2/stocks/AAPL/trades", limit=1, sort=sort, **DAY))
    assert [trade["p"] for page in pages for trade in page["trades"]] == prices


def test_pages_of_quotes_in_descending_order(api: httpx.Client, store: Store) -> None:
    store.quotes(
        "AAPL", [Quote(NOON, "1", "2"), Quote(NOON, "2", "3"), Quote(at("13:00:00"), "3", "4")]
    )
    pages = list(_pages(api, "/v2/stocks/quotes", symbols="AAPL", limit=2, sort="desc", **DAY))
    assert [[quote["bp"] for quote in page["quotes"]["AAPL"]] for page in pages] == [[3, 2], [1]]


def test_a_quote_has_the_exchange_of_each_side(api: httpx.Client, store: Store) -> None:
    store.quotes("AAPL", [Quote(NOON, "1", "2", "100"), Quote(at("13:00:00"), "1", None, "100")])
    store.execute("update market.quotes set exchange = 'Q/N', conditions = '{R}', tape = 'C'")
    page = _get(api, "/v2/stocks/AAPL/quotes", **DAY)
    assert page["quotes"] == [
        {"t": "2026-02-27T12:00:00Z", "ax": "N", "ap": 2, "as": 0, "bx": "Q", "bp": 1, "bs": 100,
         "c": ["R"], "z": "C"},
        {"t": "2026-02-27T13:00:00Z", "ax": None, "ap": 0, "as": 0, "bx": "Q", "bp": 1, "bs": 100,
         "c": ["R"], "z": "C"},
    ]  # fmt: skip


def test_a_trade_has_the_side_of_its_taker_if_it_is_known(api: httpx.Client, store: Store) -> None:
    store.ticks("KRAKEN:BTC/USD", [Tick(NOON, "1"), Tick(at("13:00:00"), "2")])
    store.execute("update market.trades set side = 'sell' where price = 2")
    page = _get(api, "/v1beta3/crypto/us/trades", symbols="BTC/USD", **DAY)
    assert [trade.get("tks") for trade in page["trades"]["BTC/USD"]] == [None, "S"]


def test_the_limit_may_change_between_pages_and_nothing_else(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("AAPL", minutes(5))
    query = BARS | {"symbols": "AAPL"}
    token = _get(api, "/v2/stocks/bars", **query, limit=1)["next_page_token"]
    rest = _get(api, "/v2/stocks/bars", **query, limit=9, page_token=token)
    assert [bar["c"] for bar in rest["bars"]["AAPL"]] == [2, 3, 4, 5]
    for changed in ({"timeframe": "5Min"}, {"sort": "desc"}, {"adjustment": "split"}):
        answer = api.get("/alpaca/v2/stocks/bars", params=query | changed | {"page_token": token})
        assert answer.json() == {
            "code": 40010000,
            "message": "page_token does not belong to this query",
        }


def test_one_symbol_in_the_path_has_a_list_and_its_name(api: httpx.Client, store: Store) -> None:
    store.ticks("AAPL", minutes(1))
    assert _get(api, "/v2/stocks/AAPL/trades", **DAY) == {
        "symbol": "AAPL",
        "trades": [
            {"t": "2026-02-27T12:00:00Z", "x": None, "p": 1, "s": 1, "c": [], "i": 0, "z": None}
        ],
        "next_page_token": None,
    }


@pytest.mark.parametrize("kind", ["bars", "trades", "quotes"])
def test_a_symbol_of_which_nothing_is_stored_is_empty_and_no_error(
    api: httpx.Client, kind: str
) -> None:
    timeframe = {"timeframe": "1Min"} if kind == "bars" else {}
    several = _get(api, f"/v2/stocks/{kind}", symbols="APPL", **timeframe)
    assert several == {kind: {}, "next_page_token": None}
    one = _get(api, f"/v2/stocks/APPL/{kind}", **timeframe)
    assert one == {"symbol": "APPL", kind: [], "next_page_token": None}


def test_a_renamed_instrument_answers_under_the_name_that_was_asked_for(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("META", [Tick(at("13:00:00"), "2")])
    store.ticks("FB", [Tick(NOON, "1")])
    store.execute("insert into market.names (symbol, until, instrument)"
                  " values ('FB', '2026-02-27 12:30:00+00', 'META')")  # fmt: skip
    page = _get(api, "/v2/stocks/trades", symbols="FB,META", **DAY)
    assert {symbol: [one["p"] for one in trades] for symbol, trades in page["trades"].items()} == {
        "FB": [1, 2],
        "META": [1, 2],
    }
    answer = api.get("/alpaca/v2/stocks/META/trades", params=DAY | {"asof": "-"})
    assert answer.status_code == 400
    assert answer.json()["message"] == "asof must be left out: META was renamed"


def test_a_currency_in_which_the_prices_are_not_is_refused(api: httpx.Client, store: Store) -> None:
    store.ticks("KRAKEN:BTC/USD", [Tick(NOON, "1")])
    store.execute("update market.instruments set quote = 'USD'")
    answer = api.get(
        "/alpaca/v1beta3/crypto/us/trades", params=DAY | {"symbols": "BTC/USD", "currency": "EUR"}
    )
    assert answer.status_code == 400
    assert answer.json()["message"] == (
        "currency must be left out: the prices of KRAKEN:BTC/USD are in USD, and none are converted"
    )


def test_a_source_can_be_chosen(api: httpx.Client, store: Store) -> None:
    store.ticks("AAPL", [Tick(NOON, "1")], source="one")
    store.ticks("AAPL", [Tick(at("13:00:00"), "2")], source="two")
    prices = [
        [trade["p"] for trade in _get(api, "/v2/stocks/AAPL/trades", **DAY, **source)["trades"]]
        for source in ({"source": "one"}, {"source": "two"}, {})
    ]
    assert prices == [[1], [2], [2]]


def test_splits_are_applied_to_bars_that_ask_for_it(
    api: httpx.Client, store: Store, database: Database
) -> None:
    store.ticks("AAPL", [Tick(NOON, "400", "10")])
    store.make_candles(database.edition)
    store.execute("insert into market.corporate_actions"
                  " values ('AAPL', '2026-03-02', 'split', 4, 1)")  # fmt: skip
    window = {"timeframe": "1Day", "start": "2026-02-27", "end": "2026-02-27"}
    bars = [
        _get(api, "/v2/stocks/AAPL/bars", **window, adjustment=how)["bars"][0]
        for how in ("raw", "split")
    ]
    assert [(bar["c"], bar["v"]) for bar in bars] == [(400, 10), (100, 40)]


def test_parameters_that_alpaca_does_not_know_are_ignored(api: httpx.Client, store: Store) -> None:
    store.ticks("AAPL", minutes(1))
    page = _get(api, "/v2/stocks/AAPL/trades", **DAY, feed="sip", currency="USD", colour="red")
    assert len(page["trades"]) == 1
