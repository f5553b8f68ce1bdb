"""Symbols and sources of any spelling can be queried, and names of the caller mean nothing."""

from typing import Any

import psycopg
import pytest

from tests.db import support
from tests.db.support import trade, utc

NOON = utc("2026-03-04 12:00")
SYMBOLS = [
    "A,B", "{A,B}", "O'Neil", 'say "hi"', "$1", "%s", "%I %L", "a\\b", "\\", "{}", "NULL", "",
    "AAPL  261218C00200000", "BRK/B", "brk.b", "台積電", "é", "e\u0301", "😀", "-- x", "9" * 77,
    ") or (true", "'; drop table market.trades; --",
]  # fmt: skip


def fill(conn: psycopg.Connection[Any]) -> None:
    support.insert(
        conn,
        [
            trade(NOON, str(number + 1), symbol=symbol, source="a,b's")
            for number, symbol in enumerate(SYMBOLS)
            if symbol
        ],
    )


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_every_symbol_is_one_series(market: psycopg.Connection[Any], symbol: str) -> None:
    wanted = [(symbol, SYMBOLS.index(symbol) + 1)] if symbol else []
    for call in ("candles(%s, '1m')", "candles(%s, '1w')", "last_candle(%s, '10m')"):
        rows = market.execute(f"select symbol, close from market.{call}", [symbol]).fetchall()
        assert rows == wanted, call
    for source in ("a,b's", "A,B's"):
        rows = market.execute(
            "select symbol, close from market.candles(%s, '2h', source => %s)", [symbol, source]
        ).fetchall()
        assert rows == wanted
    assert market.execute("select market.vwap(%s)", [symbol]).fetchone() == (
        wanted[0][1] if wanted else None,
    )


def test_columns_may_have_any_name_where_functions_are_joined(
    market: psycopg.Connection[Any],
) -> None:
    rows = market.execute(
        "select asked.symbol, candle.close from (values ('A,B'), ('$1')) as asked (symbol)"
        " cross join lateral market.candles(asked.symbol, '1d') as candle order by 1"
    ).fetchall()
    assert rows == [("$1", 5), ("A,B", 1)]


def test_relations_of_the_caller_are_not_taken_for_others(
    market: psycopg.Connection[Any],
) -> None:
    with market.transaction(force_rollback=True):
        market.execute("create schema mine")
        for name in ("trades", "candles_1m", "candles_1d", "instruments", "names", "lifecycle"):
            market.execute(f"create table mine.{name} (symbol text, bucket timestamptz)")
        market.execute(
            "create function mine.date_bin(interval, timestamptz, timestamptz)"
            " returns timestamptz language sql as 'select null::timestamptz'"
        )
        market.execute("set local search_path = mine")
        rows = market.execute("select close from market.candles('A,B', '10m')").fetchall()
        assert rows == [(1,)]
