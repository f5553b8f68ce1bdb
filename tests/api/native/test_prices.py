"""Bars of quotes, adjusted bars, bars of other widths, and symbols by their names."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.api.store import NOON, Quote, Store, Tick, at, minute, minutes

SPLIT = (
    "insert into market.corporate_actions (instrument, ex_at, kind, numerator, denominator)"
    " values ('A', '2026-02-27 12:02+00', 'split', 10, 1)"
)
VOLUME_ALONE = 136


def bars(api: httpx.Client, symbol: str = "A", **params: Any) -> list[dict[str, Any]]:
    """Returns the bars of a symbol."""
    answer = api.get("/v1/bars", params={"symbols": symbol, **params})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["bars"].get(symbol, [])
    return found


@pytest.fixture
def quoted(store: Store) -> Store:
    """A minute of quotes of A: one of them has a bid alone."""
    store.quotes("A", [
        Quote(at("12:00:00"), "10.0", "10.2", "5"),
        Quote(at("12:00:10"), "9.9", "10.3", "7"),
        Quote(at("12:00:20"), "9.5", None, "2"),
    ])  # fmt: skip
    return store


@pytest.mark.parametrize(
    "price, wanted",
    [
        ("mid", {"o": 10.1, "h": 10.1, "l": 10.1, "c": 10.1, "v": 0}),
        ("bid", {"o": 10.0, "h": 10.0, "l": 9.5, "c": 9.5, "v": 14}),
        ("ask", {"o": 10.2, "h": 10.3, "l": 10.2, "c": 10.3, "v": 0}),
    ],
)
def test_quotes_make_bars_of_each_side(
    api: httpx.Client, quoted: Store, price: str, wanted: dict[str, float]
) -> None:
    full = {"t": "2026-02-27T12:00:00Z", **wanted, "n": 3, "vw": None, "final": True, "sp": 0.3}
    for timeframe in ("1m", "1h", "2m"):
        assert bars(api, price=price, timeframe=timeframe) == [full]
        params = {"symbols": "A", "price": price, "timeframe": timeframe}
        assert api.get("/v1/bars/latest", params=params).json() == {"bars": {"A": full}}


def test_the_default_is_the_mid_of_a_series_without_trades(
    api: httpx.Client, quoted: Store
) -> None:
    assert [bar["o"] for bar in bars(api)] == [10.1]
    assert bars(api, price="trade") == []
    assert api.get("/bars/latest", params={"symbol": "A"}).json()["bars"][0]["open"] == 10.1
    ticks = api.get("/ticks/latest", params={"symbol": "A"}).json()["ticks"]
    assert [(tick["price"], tick["volume"]) for tick in ticks] == [(10.1, None)] * 2
    quoted.ticks("A", [Tick(at("13:00:00"), "11")])
    assert [bar["o"] for bar in bars(api)] == [11]
    assert [bar["o"] for bar in bars(api, price="mid")] == [10.1]
    assert api.get("/ticks/latest", params={"symbol": "A"}).json()["count"] == 1


def test_a_bar_without_a_price_is_left_out(api: httpx.Client, store: Store) -> None:
    store.ticks("A", [Tick(at("12:00:00"), "1"), Tick(at("12:01:00"), "2", moves=VOLUME_ALONE)])
    for timeframe in ("1m", "3m"):
        assert [bar["c"] for bar in bars(api, timeframe=timeframe)] == [1]
    latest = api.get("/v1/bars/latest", params={"symbols": "A"}).json()
    assert latest["bars"]["A"]["c"] == 1
    assert bars(api, timeframe="2m")[0]["v"] == 2


@pytest.mark.parametrize(
    "timeframe, starts",
    [
        ("3m", ["02-26T23:57", "02-27T00:00", "02-27T12:00"]),
        ("10Min", ["02-26T23:50", "02-27T00:00", "02-27T12:00"]),
        ("2h", ["02-26T22:00", "02-27T00:00", "02-27T12:00"]),
        ("8h", ["02-26T16:00", "02-27T00:00", "02-27T08:00"]),
        ("2d", ["02-25T00:00", "02-27T00:00"]),
        ("1Week", ["02-23T00:00"]),
        ("1M", ["02-01T00:00"]),
        ("3mo", ["01-01T00:00"]),
    ],
)
def test_bars_of_other_widths_are_made_of_stored_ones(
    api: httpx.Client, store: Store, timeframe: str, starts: list[str]
) -> None:
    times = (NOON - timedelta(hours=12, minutes=1), NOON - timedelta(hours=12), NOON)
    store.ticks("A", [Tick(time, str(number)) for number, time in enumerate(times)])
    assert [bar["t"][5:16] for bar in bars(api, timeframe=timeframe)] == starts
    found = bars(api, timeframe=timeframe, start="2025-12-01", sort="desc")
    assert [bar["t"][5:16] for bar in found] == starts[::-1]
    assert sum(bar["n"] for bar in found) == 3
    latest = api.get("/v1/bars/latest", params={"symbols": "A", "timeframe": timeframe}).json()
    assert latest["bars"]["A"]["t"][5:16] == starts[-1]


def test_pages_of_other_widths_have_no_gap(api: httpx.Client, store: Store) -> None:
    store.ticks("A", [Tick(NOON - timedelta(days=40 * n), str(n)) for n in range(6)])
    params: dict[str, Any] = {"symbols": "A", "timeframe": "1mo", "start": "2025-01-01", "limit": 2}
    found: list[str] = []
    while True:
        answer = api.get("/v1/bars", params=params).json()
        found += [bar["t"][:7] for bar in answer["bars"].get("A", [])]
        if answer["next_page_token"] is None:
            break
        params["page_token"] = answer["next_page_token"]
    assert found == ["2025-08", "2025-09", "2025-10", "2025-12", "2026-01", "2026-02"]


def test_adjusted_bars_are_in_the_units_after_the_split(api: httpx.Client, store: Store) -> None:
    store.ticks("A", [Tick(at("12:01:00"), "100"), Tick(at("12:02:00"), "11", "3")])
    store.execute(SPLIT)
    raw = [(bar["c"], bar["v"]) for bar in bars(api)]
    adjusted = [(bar["c"], bar["v"], bar["vw"]) for bar in bars(api, adjustment="split")]
    assert raw == [(100, 1), (11, 3)]
    assert adjusted == [(10, 10, 10), (11, 3, 11)]
    assert [(bar["h"], bar["v"]) for bar in bars(api, adjustment="split", timeframe="1h")] == [
        (11, 13)
    ]
    latest = {"symbols": "A", "adjustment": "split", "timeframe": "5m"}
    assert api.get("/v1/bars/latest", params=latest).json()["bars"]["A"]["o"] == 10


def test_a_renamed_instrument_has_one_history_under_any_name(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("FB", minutes(2))
    store.ticks("META", minutes(2, start=2))
    store.execute(
        "insert into market.names (symbol, until, instrument)"
        " values ('FB', '2026-02-27 12:02+00', 'META')"
    )
    for name in ("FB", "META"):
        assert [bar["c"] for bar in bars(api, name)] == [1, 2, 3, 4]
        assert [bar["c"] for bar in bars(api, name, timeframe="2m")] == [2, 4]
        assert [bar["c"] for bar in bars(api, name, sort="desc", limit=3)] == [4, 3, 2]
        ticks = api.get("/ticks/latest", params={"symbol": name, "limit": 3}).json()
        assert [tick["price"] for tick in ticks["ticks"]] == [4, 3, 2]


def test_a_name_that_was_never_stored_is_known(api: httpx.Client, store: Store) -> None:
    store.ticks("NEW", minutes(1))
    store.execute(
        "insert into market.names (symbol, until, instrument) values ('OLD', '2020-01-01', 'NEW')"
    )
    assert [bar["c"] for bar in bars(api, "OLD")] == [1]
    assert api.get("/bars/latest", params={"symbol": "old"}).json()["count"] == 1


def test_symbols_with_commas_can_be_asked_for(api: httpx.Client, store: Store) -> None:
    for symbol in ("A", "B", "B,C", "C"):
        store.ticks(symbol, minutes(1))

    def found(*symbols: str) -> list[str]:
        answer = api.get("/v1/bars", params={"symbols": list(symbols)})
        return list(answer.json()["bars"])

    assert found("A,B") == ["A", "B"]
    assert found("B,C") == ["B,C"]
    assert found("C,B") == ["B", "C"]
    assert found("B", "C") == ["B", "C"]
    assert found("B,C", "A", "A, C") == ["A", "B,C", "C"]
    assert list(api.get("/v1/bars/latest?symbols=B,C&symbols=A").json()["bars"]) == ["A", "B,C"]


def test_an_open_of_zero_or_below_gives_no_change_in_percent(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("ZERO", [Tick(minute(2), "0"), Tick(minute(1), "5")])
    store.ticks("OIL", [Tick(minute(2), "-37"), Tick(minute(1), "10")])
    store.ticks("A", [Tick(minute(2), "10"), Tick(minute(1), "11")])
    store.quotes("EUR", [Quote(minute(2), "1", "3"), Quote(minute(1), "2", "4")])
    summary = api.get("/bars/summary", params={"symbol": "ZERO"}).json()
    assert (summary["open"], summary["close"], summary["change_pct"]) == (0, 5, None)
    movers = api.get("/movers").json()["movers"]
    assert [(mover["symbol"], mover["change_pct"]) for mover in movers] == [("EUR", 50), ("A", 10)]
