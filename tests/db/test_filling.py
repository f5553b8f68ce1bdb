"""Candles without gaps, and the last one: a series with holes, filled by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from stack.database import Database
from tests import support as databases
from tests.db import holes, support
from tests.db.holes import DAY, at
from tests.db.support import LEVELS, MINUTE, trade, utc

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module", params=[False, True], ids=["from trades", "from candles"])
def filled(
    request: pytest.FixtureRequest, database: Database, template: str
) -> Iterator[psycopg.Connection[Any]]:
    """The series with holes, for the whole module: its tests only read."""
    with databases.database_like(database.url, template) as url, support.connect(url) as conn:
        holes.insert(conn)
        if request.param:
            support.refresh_all(conn)
        yield conn


def filling(
    conn: psycopg.Connection[Any], fill: str, since: object, until: object, timeframe: str = "1m"
) -> list[tuple[Any, ...]]:
    """Returns (minutes since DAY, open, close, volume, vwap, tick count) of every row."""
    rows = conn.execute(
        "select bucket, open, close, volume, vwap, tick_count, high, low, symbol, source"
        " from market.candles('AAPL', %s, %s, %s, fill => %s)",
        [timeframe, since, until, fill],
    ).fetchall()
    assert all(row[8:] == ("AAPL", "sim") for row in rows)
    return [((row[0] - DAY) / MINUTE, *row[1:6]) for row in rows]


def test_null_fills_holes_with_empty_rows(filled: psycopg.Connection[Any]) -> None:
    assert filling(filled, "null", at(599), at(606)) == [
        (599, None, None, None, None, 0),
        (600, 10, 12, 4, Decimal("11.5"), 2),
        (601, 11, 11, 2, 11, 1),
        (602, None, None, None, None, 0),
        (603, None, None, None, None, 0),
        (604, 20, 16, 4, 20, 2),
        (605, None, None, None, None, 0),
    ]


def test_previous_fills_holes_at_the_close_before(filled: psycopg.Connection[Any]) -> None:
    assert filling(filled, "previous", at(601.5), at(605.5)) == [
        (602, 11, 11, 0, None, 0),
        (603, 11, 11, 0, None, 0),
        (604, 20, 16, 4, 20, 2),
        (605, 16, 16, 0, None, 0),
    ]
    rows = filled.execute(
        "select open, high, low, close, notional from market.candles('AAPL', '1m', %s, %s,"
        " fill => 'previous')",
        [at(602), at(603)],
    ).fetchall()
    assert rows == [(11, 11, 11, 11, 0)]


def test_previous_close_may_be_of_the_day_before(filled: psycopg.Connection[Any]) -> None:
    """The day has candles, but only after the time asked for."""
    assert filling(filled, "previous", at(-1), at(1)) == [
        (-1, 7, 7, 0, None, 0),
        (0, 7, 7, 0, None, 0),
    ]
    assert filling(filled, "previous", at(598), at(600)) == [
        (598, 7, 7, 0, None, 0),
        (599, 7, 7, 0, None, 0),
    ]


def test_nothing_is_carried_from_before_the_first_candle(filled: psycopg.Connection[Any]) -> None:
    assert filling(filled, "previous", at(-61), at(-58)) == [
        (-61, None, None, 0, None, 0),
        (-60, 7, 7, 1, 7, 1),
        (-59, 7, 7, 0, None, 0),
    ]


@pytest.mark.parametrize("fill", ["null", "previous"])
def test_endless_range_is_filled_from_the_first_to_the_last_candle(
    filled: psycopg.Connection[Any], fill: str
) -> None:
    rows = filling(filled, fill, "-infinity", "infinity")
    assert [row[0] for row in rows] == [*range(-60, 608)]
    assert sum(row[5] for row in rows) == 7


@pytest.mark.parametrize("timeframe", LEVELS)
def test_rows_that_are_no_filling_are_the_candles(
    filled: psycopg.Connection[Any], timeframe: str
) -> None:
    question = "select * from market.candles('AAPL', %s, %s, %s, fill => %s) where tick_count > 0"
    bounds = [timeframe, at(-1440), at(1440)]
    plain = filled.execute(question, [*bounds, "none"]).fetchall()
    assert plain
    for fill in ("null", "previous"):
        assert filled.execute(question, [*bounds, fill]).fetchall() == plain
        rows = filling(filled, fill, at(-1440), at(1440), timeframe)
        assert len(rows) == timedelta(days=2) / LEVELS[timeframe]


def test_days_are_of_utc_where_clocks_change(conn: psycopg.Connection[Any]) -> None:
    """New York's Sunday of 8 March has 23 hours."""
    support.insert(conn, [trade(utc("2026-03-06T15:00:00"), "1")])
    conn.execute("set timezone = 'America/New_York'")
    rows = conn.execute(
        "select bucket from market.candles('AAPL', '1d', '2026-03-06 00:00Z', '2026-03-11 00:00Z',"
        " fill => 'previous')"
    ).fetchall()
    assert [row[0].astimezone(UTC) for row in rows] == [
        utc("2026-03-06") + timedelta(days=n) for n in range(5)
    ]


@pytest.mark.parametrize("fill", ["null", "previous"])
def test_no_candle_is_made_up_for_a_time_to_come(conn: psycopg.Connection[Any], fill: str) -> None:
    now = datetime.now(UTC)
    support.insert(conn, [trade(now - 3 * HOUR, "1"), trade(now + 3 * HOUR, "2")])
    rows = conn.execute(
        "select bucket, tick_count from market.candles('AAPL', '1h', %s, %s, fill => %s)",
        [now - 6 * HOUR, now + 6 * HOUR, fill],
    ).fetchall()
    assert [row[1] for row in rows if row[0] > datetime.now(UTC)] == [1]
    assert [row[1] for row in rows if row[0] <= now] == [0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize("fill", ["zero", "NULL", "", None])
def test_unknown_fill_is_an_error_that_names_the_known(
    conn: psycopg.Connection[Any], fill: str | None
) -> None:
    with pytest.raises(pg.InvalidParameterValue) as refused:
        conn.execute("select * from market.candles('AAPL', '1m', fill => %s)", [fill])
    assert refused.value.diag.message_hint == "known are none, null and previous"


@pytest.mark.parametrize("fill", ["null", "previous"])
@pytest.mark.parametrize("timeframe", ["7m", None])
def test_unknown_timeframe_is_an_error_with_every_fill(
    conn: psycopg.Connection[Any], timeframe: str | None, fill: str
) -> None:
    with pytest.raises(pg.InvalidParameterValue, match="unknown timeframe"):
        conn.execute("select * from market.candles('AAPL', %s, fill => %s)", [timeframe, fill])


def test_unknown_symbol_has_no_rows_to_fill(filled: psycopg.Connection[Any]) -> None:
    rows = filled.execute(
        "select * from market.candles('NONE', '1m', %s, %s, fill => 'null')", [at(600), at(603)]
    ).fetchall()
    assert rows == []


@pytest.mark.parametrize(
    "before, minutes",
    [
        ("infinity", 607), (at(608), 607), (at(607), 604), (at(604), 601), (at(603), 601),
        (at(600), -60), (at(5), -60), (at(-59), -60), (at(-60), None), ("-infinity", None),
    ],
)  # fmt: skip
def test_last_candle_starts_before_the_time_given(
    filled: psycopg.Connection[Any], before: object, minutes: int | None
) -> None:
    rows = filled.execute(
        "select bucket from market.last_candle('AAPL', '1m', %s)", [before]
    ).fetchall()
    assert [(row[0] - DAY) / MINUTE for row in rows] == ([] if minutes is None else [minutes])


@pytest.mark.parametrize("timeframe", LEVELS)
def test_last_candle_is_the_last_of_the_candles(
    filled: psycopg.Connection[Any], timeframe: str
) -> None:
    rows = filled.execute("select * from market.candles('AAPL', %s)", [timeframe]).fetchall()
    last = filled.execute("select * from market.last_candle('AAPL', %s)", [timeframe]).fetchall()
    assert last == rows[-1:]
