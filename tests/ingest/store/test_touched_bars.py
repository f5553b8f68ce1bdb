"""Which buckets of a symbol changes touched: those of its own events alone."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.ingest import made
from tests.ingest.amended import cancel, correction

TOUCHED = """
select kind, symbol, source, timeframe, since, until, first_end, removed
from market.touched_bars(%s, 1000, %s, %s, %s)
order by number, symbol, timeframe, since, removed
"""


def at(text: str) -> datetime:
    """Returns a time of the day of the messages."""
    return datetime.fromisoformat(f"2026-02-27T{text}").replace(tzinfo=UTC)


@pytest.fixture
def touched(query: Any) -> Any:
    """Returns (symbol, since, until, removed) of what the changes after a number touched."""

    def run(
        *timeframes: str, after: int = 0, symbols: tuple[str, ...] = ("AAPL",), quoted: Any = ()
    ) -> list[tuple[Any, ...]]:
        found = query(TOUCHED, after, list(symbols), list(quoted), list(timeframes))
        return [
            (symbol, since, until, removed) for _, symbol, _, _, since, until, _, removed in found
        ]

    return run


def test_a_batch_touches_the_seconds_of_the_symbols_own_trades(
    store_all: Any, touched: Any
) -> None:
    store_all([made.trade(1), made.trade(2), made.trade(9), made.trade(4, symbol="IBM")])
    assert touched("1s") == [
        ("AAPL", at("12:00:01"), at("12:00:03"), False),
        ("AAPL", at("12:00:09"), at("12:00:10"), False),
    ]
    assert touched("1s", symbols=("IBM",)) == [("IBM", at("12:00:04"), at("12:00:05"), False)]
    assert touched("1s", "1h") == [
        ("AAPL", at("12:00:00"), at("13:00:00"), False),
        ("AAPL", at("12:00:01"), at("12:00:03"), False),
        ("AAPL", at("12:00:09"), at("12:00:10"), False),
    ]


def test_duplicates_touch_nothing(store_all: Any, touched: Any) -> None:
    store_all([made.trade(1)], [made.trade(1), made.trade(5)])
    assert touched("1s", after=1) == [("AAPL", at("12:00:05"), at("12:00:06"), False)]


def test_amended_trades_may_leave_a_bucket_empty(store_all: Any, touched: Any) -> None:
    store_all([made.trade(1), made.trade(5)], [correction(1), cancel(5)])
    assert touched("1s", after=1) == [
        ("AAPL", at("12:00:01"), at("12:00:02"), False),
        ("AAPL", at("12:00:01"), at("12:00:02"), True),
        ("AAPL", at("12:00:05"), at("12:00:06"), True),
    ]


def test_quotes_touch_bars_of_the_symbols_that_have_them_of_quotes(
    store_all: Any, touched: Any
) -> None:
    store_all([made.quote()])
    assert touched("1m", symbols=("EUR/USD",)) == []
    assert touched("1m", symbols=("EUR/USD",), quoted=("EUR/USD",)) == [
        ("EUR/USD", at("12:00:00"), at("12:01:00"), False)
    ]


def test_trades_under_an_old_name_touch_bars_of_the_instrument(
    store_all: Any, touched: Any, query: Any
) -> None:
    store_all(
        [made.trade(1, symbol="FB"), made.trade(5, symbol="FB"), made.trade(6, symbol="META")]
    )
    query(
        "insert into market.names (symbol, since, until, instrument)"
        " values ('FB', '-infinity', %s, 'META')",
        at("12:00:03"),
    )
    assert [row for row in touched("1s", symbols=("META",)) if row[1].year == 2026] == [
        ("META", at("12:00:01"), at("12:00:02"), False),
        ("META", at("12:00:06"), at("12:00:07"), False),
    ]


def test_buckets_of_months_end_with_them(store_all: Any, query: Any) -> None:
    store_all([made.trade(1)])
    [row] = query(TOUCHED, 0, ["AAPL"], [], ["1mo"])
    assert row[4:7] == (
        datetime(2026, 2, 1, tzinfo=UTC),
        datetime(2026, 3, 1, tzinfo=UTC),
        datetime(2026, 3, 1, tzinfo=UTC),
    )
