"""Splits: prices and volumes at today's terms, in buckets that an ex date cuts as well."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from tests.db import support
from tests.db.analysts import grouped
from tests.db.analysts.grouped import every, every_months
from tests.db.support import quote, trade, utc
from tests.oracle import Trade

# Symbol -> its splits: within a minute, where an hour begins, and both; a reverse one; none yet.
SPLITS: dict[str, list[tuple[datetime, int, int]]] = {
    "TEN": [(utc("2025-06-11 13:31:07.25"), 10, 1)],
    "HOUR": [(utc("2025-06-11 13:00"), 10, 1)],
    "REVERSE": [(utc("2025-06-12 00:00"), 1, 3)],
    "TWO": [(utc("2025-06-10 09:15"), 10, 1), (utc("2025-06-11 13:31:07.25"), 1, 3)],
    "AT ONCE": [(utc("2025-06-11 13:31:07"), 4, 1), (utc("2025-06-11 13:31:09"), 1, 3)],
    "ANNOUNCED": [(utc("2999-01-01 00:00"), 2, 1)],
    "NONE": [],
}
TIMEFRAMES = {
    "1m": every(minutes=1),
    "2m": every(minutes=2),
    "30m": every(minutes=30),
    "1h": every(hours=1),
    "6h": every(hours=6),
    "1d": every(days=1),
    "1w": grouped.week,
    "1mo": every_months(1),
}
MOVES = [221, 13, 14, 10, 8]
MIDDLE = utc("2025-06-11 13:31:07")


def trades(symbol: str) -> list[Trade]:
    """Some weeks of trades, denser towards the splits; numbers that stay finite when adjusted."""
    return [
        trade(
            MIDDLE + timedelta(seconds=n**3, milliseconds=n),
            str(3000 + 30 * (n % 11)),
            None if n % 17 == 3 else str(12 * (1 + n % 5)),
            symbol=symbol,
            moves=MOVES[n % 5],
            tick_id=str(n),
        )
        for n in range(-110, 111)
    ]


def adjusted(event: Trade) -> Trade:
    """Returns a trade at the terms of after all splits that are in force."""
    ratio = Fraction(1)
    for ex_at, numerator, denominator in SPLITS[event.symbol]:
        if event.ts < ex_at and ex_at.year < 2900:
            ratio *= Fraction(numerator, denominator)
    return event._replace(
        price=decimal(Fraction(event.price) / ratio),
        size=None if event.size is None else decimal(Fraction(event.size) * ratio),
    )


def decimal(number: Fraction) -> Decimal:
    """Returns a fraction as the number it is: none here goes on for ever."""
    found = Decimal(number.numerator) / number.denominator
    assert Fraction(found) == number
    return found


def fill(conn: psycopg.Connection[Any]) -> None:
    for symbol, splits in SPLITS.items():
        support.insert(conn, trades(symbol))
        for ex_at, numerator, denominator in splits:
            conn.execute(
                "insert into market.corporate_actions values (%s, %s, 'split', %s, %s)",
                [symbol, ex_at, numerator, denominator],
            )


@pytest.mark.parametrize("timeframe", TIMEFRAMES)
@pytest.mark.parametrize("symbol", SPLITS)
def test_adjusted_candles_are_made_of_adjusted_trades(
    market: psycopg.Connection[Any], symbol: str, timeframe: str
) -> None:
    wanted = grouped.trades(map(adjusted, trades(symbol)), TIMEFRAMES[timeframe])
    question = f"select {grouped.COLUMNS} from market.candles(%s, %s, adjustment => 'split')"
    assert market.execute(question, [symbol, timeframe]).fetchall() == wanted


@pytest.mark.parametrize("symbol", SPLITS)
def test_raw_candles_are_the_default(market: psycopg.Connection[Any], symbol: str) -> None:
    wanted = grouped.trades(trades(symbol), grouped.week)
    question = f"select {grouped.COLUMNS} from market.candles(%s, '1w')"
    assert market.execute(question, [symbol]).fetchall() == wanted
    raw = question.replace("'1w'", "'1w', adjustment => 'raw'")
    assert market.execute(raw, [symbol]).fetchall() == wanted


def test_range_before_a_split_is_adjusted_by_it(market: psycopg.Connection[Any]) -> None:
    since, until = utc("2025-06-02"), utc("2025-06-05")
    rows = market.execute(
        f"select {grouped.COLUMNS} from market.candles('TWO', '1h', %s, %s, adjustment => 'split')",
        [since, until],
    ).fetchall()
    wanted = grouped.trades(map(adjusted, trades("TWO")), every(hours=1))
    assert rows == [row for row in wanted if since <= row[0] < until]
    assert rows


def test_return_of_a_split_is_none(conn: psycopg.Connection[Any]) -> None:
    """10:1 overnight, at the same value: 0, where raw prices say -90 %."""
    start = support.midnight(4)
    day = timedelta(days=1)
    support.insert(
        conn, [trade(start, "250"), trade(start + day, "25"), trade(start + 2 * day, "26")]
    )
    conn.execute(
        "insert into market.corporate_actions values ('AAPL', %s, 'split', 10, 1)", [start + day]
    )
    question = "select simple_return from market.returns('AAPL', '1d', adjustment => %s)"
    for adjustment, percents in (("raw", [None, -90, 4]), ("split", [None, 0, 4])):
        rows = conn.execute(question, [adjustment]).fetchall()
        assert [value and 100 * value for (value,) in rows] == percents
    since = conn.execute(
        "select simple_return from market.returns('AAPL', '1d', %s, adjustment => 'split')",
        [start + day],
    ).fetchall()
    assert since[0] == (0,)


def test_other_functions_adjust_too(conn: psycopg.Connection[Any]) -> None:
    start = support.midnight(4)
    hour = start + timedelta(hours=1)
    split = hour + timedelta(seconds=30)
    times = [start, split - timedelta(seconds=10), split, split + timedelta(minutes=5)]
    prices = ["100", "110", "11", "12"]
    support.insert(conn, [trade(ts, price, "2") for ts, price in zip(times, prices, strict=True)])
    conn.execute(
        "insert into market.corporate_actions values ('AAPL', %s, 'split', 10, 1)", [split]
    )
    movers = f"market.movers('2 hours', 1, '{start + timedelta(hours=2)}', 'split')"
    last = f"market.last_candle('AAPL', '1h', '{hour}', adjustment => 'split')"
    for call, value in {
        # (10 * 20 + 11 * 20 + 11 * 2 + 12 * 2) / 44
        "market.vwap('AAPL', adjustment => 'split')": Decimal(466) / 44,
        f"market.vwap('AAPL', '{start}', '{split}', adjustment => 'split')": Decimal("10.5"),
        f"market.vwap('AAPL', '{split}', adjustment => 'split')": Decimal("11.5"),
        f"market.twap('AAPL', '{start}', '{hour}', adjustment => 'split')": Decimal(10),
        f"(select close from {last})": Decimal(10),
        f"(select open from {movers})": Decimal(10),
        f"(select change_pct from {movers})": Decimal(20),
    }.items():
        row = conn.execute(f"select {call}").fetchone()
        assert row is not None
        assert round(row[0], 12) == round(value, 12), call


def test_filling_carries_the_adjusted_close(conn: psycopg.Connection[Any]) -> None:
    start = support.midnight(4)
    support.insert(conn, [trade(start, "250"), trade(start + timedelta(hours=3), "26")])
    conn.execute(
        "insert into market.corporate_actions values ('AAPL', %s, 'split', 10, 1)",
        [start + timedelta(hours=2)],
    )
    rows = conn.execute(
        "select close from market.candles("
        "'AAPL', '1h', %s, %s, fill => 'previous', adjustment => 'split')",
        [start + timedelta(hours=1), start + timedelta(hours=5)],
    ).fetchall()
    assert rows == [(25,), (25,), (26,), (26,)]


def test_quotes_are_adjusted(conn: psycopg.Connection[Any]) -> None:
    start = support.midnight(4)
    split = start + timedelta(seconds=30)
    sizes = {"bid_size": Decimal(3), "ask_size": Decimal(4)}
    support.insert(
        conn, [quote(start, "100", "102", **sizes), quote(split, "10.1", "10.3", seq=1, **sizes)]
    )
    conn.execute(
        "insert into market.corporate_actions values ('AAPL', %s, 'split', 10, 1)", [split]
    )
    rows = conn.execute(
        "select open, high, low, close, volume, mean_spread, tick_count"
        " from market.candles('AAPL', '1m', price => 'bid', adjustment => 'split')"
    ).fetchall()
    assert rows == [(10, Decimal("10.1"), 10, Decimal("10.1"), 33, Decimal("0.2"), 2)]


def test_splits_are_of_the_instrument_under_every_name(conn: psycopg.Connection[Any]) -> None:
    start = support.midnight(4)
    renamed = start + timedelta(hours=5)
    support.insert(
        conn,
        [
            trade(start, "90", symbol="OLD"),
            trade(start + timedelta(hours=4), "30", symbol="OLD"),
            trade(renamed, "31", symbol="NEW"),
            trade(renamed, "777", symbol="OLD"),
        ],
    )
    conn.execute("insert into market.names values ('OLD', '-infinity', %s, 'NEW')", [renamed])
    conn.execute(
        "insert into market.corporate_actions"
        " values ('NEW', %s, 'split', 3, 1), ('OLD', %s, 'split', 9, 1)",
        [start + timedelta(hours=2), start + timedelta(hours=3)],
    )
    rows = conn.execute(
        "select open, high, low, close, volume, tick_count"
        " from market.candles('OLD', '1d', adjustment => 'split')"
    ).fetchall()
    assert rows == [(30, 31, 30, 31, 5, 3)]


@pytest.mark.parametrize("call", ["candles('TEN', '1d', ", "returns('TEN', '1d', ", "movers("])
@pytest.mark.parametrize("adjustment", ["'all'", "null"])
def test_unknown_adjustment_is_an_error_that_names_the_known(
    market: psycopg.Connection[Any], call: str, adjustment: str
) -> None:
    with pytest.raises(pg.InvalidParameterValue, match="unknown adjustment") as refused:
        market.execute(f"select * from market.{call}adjustment => {adjustment})")
    assert refused.value.diag.message_hint == "known are raw and split"


@pytest.mark.parametrize(
    "row, constraint",
    [
        ("'AAPL', now(), 'split', 0, 1", "corporate_actions_ratio"),
        ("'AAPL', now(), 'split', 1, -1", "corporate_actions_ratio"),
        ("'AAPL', 'infinity', 'split', 1, 1", "corporate_actions_ex_at_finite"),
        ("'AAPL', now(), 'merger', 1, 1", "corporate_actions_kind"),
        ("'NONE', now(), 'split', 1, 1", "corporate_actions_instrument"),
    ],
)
def test_what_is_no_split_is_refused(
    filled: psycopg.Connection[Any], row: str, constraint: str
) -> None:
    with pytest.raises(pg.IntegrityError) as refused:
        filled.execute(f"insert into market.corporate_actions values ({row})")
    assert refused.value.diag.constraint_name == constraint
