"""The minutes that a batch changes, which the Apache-2 edition refreshes."""

import pytest

from ingest.batch.contents import Contents
from ingest.formats.columns import pack
from ingest.formats.copy_format import TRADES
from ingest.store.candle_changes import changes_of, minutes_of


def contents(*trades):
    """Returns trades given as "symbol HH:MM[:SS.f]"."""
    pairs = [trade.split() for trade in trades]
    symbols = [symbol for symbol, _ in pairs]
    times = [f"2026-02-27T{(time + ':00.000000')[:15]:0<15}Z" for _, time in pairs]
    columns = {"ts": times, "symbol": symbols}
    rows = pack(TRADES, columns, range(len(trades)), symbols, frozenset({"sim"}))
    return Contents([rows])


def ranges(found):
    return [
        (symbol, since[11:16], until[11:16])
        for symbol, since, until in zip(found.symbols, found.since, found.until, strict=True)
    ]


@pytest.mark.parametrize(
    "trades, expected",
    [
        pytest.param(["A 12:05"], [(None, "12:05", "12:06")], id="one-trade"),
        pytest.param(
            ["A 12:05", "B 12:05", "C 12:06"], [(None, "12:05", "12:07")], id="live-symbols-as-one"
        ),
        pytest.param(
            ["A 12:05", "B 12:07"],
            [(None, "12:05", "12:06"), (None, "12:07", "12:08")],
            id="a-gap-stays-a-gap",
        ),
        pytest.param(
            ["A 12:04", "A 12:05", "A 12:06", "A 12:07"],
            [(None, "12:05", "12:08"), ("A", "12:04", "12:05")],
            id="the-fourth-newest-minute-by-symbol",
        ),
        pytest.param(
            ["A 12:05", "A 12:06", "A 12:07", "B 09:00", "B 09:01", "B 09:05", "C 09:00"],
            [
                (None, "12:05", "12:08"),
                ("B", "09:00", "09:02"),
                ("B", "09:05", "09:06"),
                ("C", "09:00", "09:01"),
            ],
            id="late-trades-by-symbol-in-runs",
        ),
        pytest.param(
            ["B 09:01", "A 12:05", "B 09:00", "A 12:07", "B 09:01", "A 12:06"],
            [(None, "12:05", "12:08"), ("B", "09:00", "09:02")],
            id="in-any-order",
        ),
        pytest.param(
            ["A 12:05", "A 12:06", "A 12:07", *(f"B 09:{n:02}" for n in range(0, 42, 2))],
            [(None, "12:05", "12:08"), ("B", "09:00", "09:41")],
            id="more-than-20-runs-as-one",
        ),
        pytest.param(
            ["A 12:05", "A 12:06", "A 12:07", *(f"B 09:{n:02}" for n in range(0, 40, 2))],
            [
                (None, "12:05", "12:08"),
                *(("B", f"09:{n:02}", f"09:{n + 1:02}") for n in range(0, 40, 2)),
            ],
            id="20-runs-one-by-one",
        ),
        pytest.param(["A 23:59"], [(None, "23:59", "00:00")], id="the-last-minute-of-a-day"),
    ],
)
def test_the_ranges_of_a_batch(trades, expected):
    assert ranges(changes_of(contents(*trades), "trade")) == expected


def test_trades_change_no_candle_of_quotes():
    assert changes_of(contents("A 12:05"), "quote").symbols == []


def test_the_live_end_begins_with_the_second_of_the_oldest_event():
    found = changes_of(contents("B 12:06:01", "A 12:05:31.5", "A 12:05:40"), "trade")
    assert found.since == ["2026-02-27T12:05:31Z"]
    late = changes_of(contents("A 09:00:59", "A 12:05:31", "A 12:06", "A 12:07"), "trade")
    assert late.since == ["2026-02-27T12:05:00Z", "2026-02-27T09:00:00Z"]


def test_times_are_in_utc_for_the_database():
    found = changes_of(contents("A 23:59"), "trade")
    assert found.since == ["2026-02-27T23:59:00Z"]
    assert found.until == ["2026-02-28T00:00:00Z"]


@pytest.mark.parametrize(
    "trades, expected",
    [
        pytest.param([], [], id="none"),
        pytest.param(["A 12:05:01", "B 12:05:59"], ["12:05-12:06"], id="one-minute"),
        pytest.param(
            ["A 12:05", "B 23:59", "A 12:06", "A 09:00"],
            ["09:00-09:01", "12:05-12:07", "23:59-00:00"],
            id="runs-of-all-symbols",
        ),
    ],
)
def test_the_minutes_of_bars_are_logged_for_all_symbols(trades, expected):
    held = contents(*trades) if trades else Contents()
    assert [f"{since[11:16]}-{until[11:16]}" for since, until in minutes_of(held)] == expected
