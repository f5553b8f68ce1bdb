"""The SQL functions for people, and how much of the store a bounded question reads."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.db import chunks, support
from tests.db.support import LEVELS, trade

START = support.midnight(6)
CANDLES = """
select
    bucket, symbol, source, open, high, low, close, volume, vwap_volume, notional, tick_count
from market.candles(%s, %s, %s, %s, %s)
"""


@pytest.fixture
def filled(conn: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """Five days of two series of AAPL, a day of one of MSFT; kraken has the newest tick."""
    hours = [START + timedelta(hours=n) for n in range(120)]
    support.insert(conn, [trade(ts, str(n + 1)) for n, ts in enumerate(hours)])
    support.insert(conn, [trade(ts, "1000", "50", source="kraken") for ts in hours[::24]])
    support.insert(conn, [trade(hours[-1] + support.MINUTE, "1001", "50", source="kraken")])
    support.insert(conn, [trade(ts, "7", symbol="MSFT") for ts in hours[:24]])
    return conn


@pytest.mark.parametrize("level", LEVELS)
def test_candles_of_a_timeframe_are_those_of_its_relation(
    filled: psycopg.Connection[Any], level: str
) -> None:
    since, until = START + timedelta(days=1), START + timedelta(days=3)
    asked = filled.execute(CANDLES, ["AAPL", level, since, until, "sim"]).fetchall()
    assert asked == [
        row[:-1]
        for row in support.expected(filled)[f"candles_{level}"]
        if since <= row[0] < until and row[1:3] == ("AAPL", "sim")
    ]
    assert asked


def test_whole_series_is_the_default_range(filled: psycopg.Connection[Any]) -> None:
    rows = filled.execute("select bucket from market.candles('MSFT', '1h')").fetchall()
    assert rows == [(START + timedelta(hours=n),) for n in range(24)]


def test_source_of_the_newest_tick_is_the_default(filled: psycopg.Connection[Any]) -> None:
    assert source_of(filled, "AAPL") == "kraken"
    assert source_of(filled, "MSFT") == "sim"
    late = trade(START + timedelta(days=5), "1", source="sim")
    support.insert(filled, [late])
    assert source_of(filled, "AAPL") == "sim"


def test_primary_source_overrules_the_newest_tick(filled: psycopg.Connection[Any]) -> None:
    filled.execute("update market.instruments set primary_source = 'sim' where symbol = 'AAPL'")
    assert source_of(filled, "AAPL") == "sim"
    rows = filled.execute("select distinct source from market.candles('AAPL', '1d')").fetchall()
    assert rows == [("sim",)]


def test_unknown_symbol_has_no_source_and_no_candles(filled: psycopg.Connection[Any]) -> None:
    assert source_of(filled, "NONE") is None
    assert filled.execute("select * from market.candles('NONE', '1h')").fetchall() == []


def source_of(conn: psycopg.Connection[Any], symbol: str) -> str | None:
    row = conn.execute("select market.default_source(%s)", [symbol]).fetchone()
    assert row is not None
    result: str | None = row[0]
    return result


def test_sources_are_never_mixed(filled: psycopg.Connection[Any]) -> None:
    day = [START, START + timedelta(days=1)]
    for source, price, ticks in (("sim", 24, 24), ("kraken", 1000, 1)):
        rows = filled.execute(
            "select close, tick_count from market.candles('AAPL', '1d', %s, %s, %s)",
            [*day, source],
        ).fetchall()
        assert rows == [(price, ticks)]


def test_functions_are_for_readers(filled: psycopg.Connection[Any], fresh_database: str) -> None:
    with support.as_role(fresh_database, "stockpulse_reader") as reader:
        asked = reader.execute("select * from market.candles('AAPL', '1d')").fetchall()
    assert len(asked) == 5
    assert {row[2] for row in asked} == {"kraken"}


@pytest.mark.parametrize("refreshed", [False, True], ids=["from trades", "from candles"])
def test_bounded_question_reads_only_the_chunks_in_its_range(
    filled: psycopg.Connection[Any], refreshed: bool
) -> None:
    if refreshed:
        support.refresh_all(filled)
    known = chunks.named(filled, ["trades"])
    day = START + timedelta(days=2)
    asked = [day, day + timedelta(days=1)]
    wanted = {
        "select * from market.candles('AAPL', '1m', %s, %s, 'sim')": 0 if refreshed else 1,
        "select * from market.trades where symbol = 'AAPL' and ts >= %s and ts < %s": 1,
    }
    assert len(set(known.values())) >= 5
    for statement, number in wanted.items():
        assert len(chunks.read(filled, known, statement, *asked).chunks) == number, statement
