"""Candles without a price, prices of zero and below: every value worked out by hand."""

import math
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from tests.db import support
from tests.db.support import MINUTE, quote, trade

START = support.midnight(3)
# Minute, price, size, moves: 8 is volume alone, 2 + 8 open and close if first of the bar.
TRADES = [
    (0, "10", "1", 8), (1, "20", "2", 221), (2, "99", "3", 8), (4, "30", "4", 221),
    (5, "77", "5", 10), (7, "66", "6", 0),
]  # fmt: skip


def fill(conn: psycopg.Connection[Any]) -> None:
    support.insert(
        conn,
        [
            trade(START + minute * MINUTE, price, size, moves=moves)
            for minute, price, size, moves in TRADES
        ],
    )
    prices = ["5", "0", "-4", "-2", "8", "8"]
    support.insert(
        conn,
        [trade(START + n * MINUTE, price, symbol="OIL", seq=n) for n, price in enumerate(prices)],
    )


def read(conn: psycopg.Connection[Any], fill: str) -> list[tuple[Any, ...]]:
    rows = conn.execute(
        "select bucket, open, high, low, close, volume, vwap_volume, tick_count"
        " from market.candles('AAPL', '1m', %s, %s, fill => %s)",
        [START, START + 9 * MINUTE, fill],
    ).fetchall()
    return [((row[0] - START) / MINUTE, *row[1:]) for row in rows]


def test_candle_of_volume_alone_has_no_price(market: psycopg.Connection[Any]) -> None:
    assert read(market, "none") == [
        (0, None, None, None, None, 1, None, 1),
        (1, 20, 20, 20, 20, 2, 2, 1),
        (2, None, None, None, None, 3, None, 1),
        (4, 30, 30, 30, 30, 4, 4, 1),
        (5, 77, None, None, 77, 5, None, 1),
    ]


def test_close_is_carried_over_candles_without_a_price(market: psycopg.Connection[Any]) -> None:
    assert read(market, "previous") == [
        (0, None, None, None, None, 1, None, 1),
        (1, 20, 20, 20, 20, 2, 2, 1),
        (2, 20, 20, 20, 20, 3, None, 1),
        (3, 20, 20, 20, 20, 0, 0, 0),
        (4, 30, 30, 30, 30, 4, 4, 1),
        (5, 77, 77, 77, 77, 5, None, 1),
        (6, 77, 77, 77, 77, 0, 0, 0),
        (7, 77, 77, 77, 77, 0, 0, 0),
        (8, 77, 77, 77, 77, 0, 0, 0),
    ]
    row = market.execute(
        "select market.twap('AAPL', %s, %s)", [START, START + 4 * MINUTE]
    ).fetchone()
    assert row == (20,)


def test_null_leaves_them_without_one(market: psycopg.Connection[Any]) -> None:
    assert [row[4] for row in read(market, "null")] == [
        None, 20, None, None, 30, 77, None, None, None,
    ]  # fmt: skip


def test_last_candle_has_a_price(market: psycopg.Connection[Any]) -> None:
    for before, minute in ((4, 1), (3, 1), (5, 4)):
        row = market.execute(
            "select bucket from market.last_candle('AAPL', '1m', %s)", [START + before * MINUTE]
        ).fetchone()
        assert row == (START + minute * MINUTE,)


def test_returns_are_between_candles_with_a_price(market: psycopg.Connection[Any]) -> None:
    rows = market.execute(
        "select close, round(simple_return, 6) from market.returns('AAPL', '1m')"
    ).fetchall()
    assert rows == [(20, None), (30, Decimal("0.5")), (77, round(Decimal(47) / 30, 6))]


def test_bar_of_the_first_open_keeps_it_in_wider_ones(market: psycopg.Connection[Any]) -> None:
    """30 is regular, so it is open and close of the bar that holds 77, the first of its minute."""
    rows = market.execute(
        "select open, high, low, close from market.candles('AAPL', '2m', %s)", [START + 4 * MINUTE]
    ).fetchall()
    assert rows == [(30, 30, 30, 30)]


def test_return_on_a_price_that_is_not_above_zero_is_unknown(
    market: psycopg.Connection[Any],
) -> None:
    rows = market.execute(
        "select close, simple_return, log_return from market.returns('OIL', '1m')"
    ).fetchall()
    assert [row[:2] for row in rows] == [
        (5, None), (0, -1), (-4, None), (-2, None), (8, None), (8, 0),
    ]  # fmt: skip
    assert [row[2] for row in rows[:5]] == [None] * 5
    assert float(rows[5][2]) == pytest.approx(math.log(1))


def test_candles_of_prices_below_zero_are_candles(market: psycopg.Connection[Any]) -> None:
    rows = market.execute(
        "select open, high, low, close, notional from market.candles('OIL', '1d')"
    ).fetchall()
    assert rows == [(5, 8, -4, 8, 15)]
    assert market.execute("select market.vwap('OIL')").fetchone() == (Decimal("2.5"),)


def test_movers_from_zero_come_last(market: psycopg.Connection[Any]) -> None:
    rows = market.execute(
        "select symbol, open, close, change_pct from market.movers('8 minutes', 9, %s)",
        [START + 9 * MINUTE],
    ).fetchall()
    assert rows == [("AAPL", 20, 77, 285), ("OIL", 0, 8, None)]


def test_default_source_is_that_of_the_newest_trade_or_quote(
    conn: psycopg.Connection[Any],
) -> None:
    """However long ago: within days, by the candles of days, or before all of them."""
    for days in (2, 400):
        symbol = f"{days} DAYS"
        noon = support.midnight(days) + timedelta(hours=12)
        support.insert(
            conn,
            [
                trade(noon, "1", symbol=symbol, source="a"),
                quote(noon + MINUTE, "1", "2", symbol=symbol, source="b"),
                trade(noon - timedelta(days=1), "1", symbol=symbol, source="c"),
            ],
        )
        question = "select market.default_source(%s)"
        assert conn.execute(question, [symbol]).fetchone() == ("b",)
        support.insert(conn, [trade(noon + 2 * MINUTE, "1", symbol=symbol, source="c")])
        assert conn.execute(question, [symbol]).fetchone() == ("c",)
        support.refresh_all(conn)
        assert conn.execute(question, [symbol]).fetchone() == ("c",)
    assert conn.execute("select market.default_source('NONE')").fetchone() == (None,)
