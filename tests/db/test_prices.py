"""VWAP, TWAP, returns, spread and movers: every value worked out by hand."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from stack.database import Database
from tests import support as databases
from tests.db import holes, support
from tests.db.holes import DAY, at
from tests.db.support import MINUTE, quote, trade

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


# (10 + 3 * 12 + 2 * 11 + 4 * 20 + 10 * 8) / 20 and parts of it; 604.25 has no size
@pytest.mark.parametrize(
    "since, until, expected",
    [
        (at(600), at(608), Decimal("11.4")),
        (at(600), at(601), Decimal("11.5")),
        (at(600.25), at(601), Decimal(12)),
        (at(600.25), at(600.75), Decimal(12)),
        (at(600.25), at(601.5), Decimal("11.6")),
        (at(600), at(600.25), Decimal(10)),
        (at(599.5), at(604.1), Decimal("14.8")),
        (at(604.1), at(605), None),
        (at(602), at(604), None),
        ("-infinity", "infinity", Decimal(235) / 21),
        (at(608), at(600), None),
    ],
)
def test_vwap_is_exact_in_any_range(
    filled: psycopg.Connection[Any], since: object, until: object, expected: Decimal | None
) -> None:
    question = "select round(market.vwap('AAPL', %s, %s), 12)"
    row = filled.execute(question, [since, until]).fetchone()
    assert row == (expected if expected is None else round(expected, 12),)


def test_vwap_is_of_one_source(filled: psycopg.Connection[Any]) -> None:
    row = filled.execute("select market.vwap('AAPL', source => 'other')").fetchone()
    assert row == (1000,)


@pytest.mark.parametrize(
    "since, until, expected",
    [
        (at(600), at(605), Decimal(12 + 11 + 11 + 11 + 16) / 5),
        (at(598), at(601), Decimal(7 + 7 + 12) / 3),
        (at(602), at(604), Decimal(11)),
        (at(-100), at(-60), None),
    ],
)
def test_twap_weighs_every_minute_the_same(
    filled: psycopg.Connection[Any], since: datetime, until: datetime, expected: Decimal | None
) -> None:
    question = "select round(market.twap('AAPL', %s, %s), 12)"
    row = filled.execute(question, [since, until]).fetchone()
    assert row == (expected if expected is None else round(expected, 12),)


def test_returns_are_of_the_close_before(filled: psycopg.Connection[Any]) -> None:
    rows = filled.execute(
        "select bucket, close, simple_return, log_return from market.returns('AAPL', '1m', %s, %s)",
        [at(601), at(608)],
    ).fetchall()
    assert [((row[0] - DAY) / MINUTE, row[1]) for row in rows] == [(601, 11), (604, 16), (607, 8)]
    assert [float(row[2]) for row in rows] == pytest.approx([11 / 12 - 1, 16 / 11 - 1, -0.5])
    assert [float(row[3]) for row in rows] == pytest.approx(
        [math.log(11 / 12), math.log(16 / 11), math.log(0.5)]
    )


def test_first_return_of_a_series_is_unknown(filled: psycopg.Connection[Any]) -> None:
    rows = filled.execute(
        "select simple_return, log_return from market.returns('AAPL', '1d')"
    ).fetchall()
    assert rows[0] == (None, None)
    assert float(rows[1][0]) == pytest.approx(8 / 7 - 1)


def test_spread_is_of_quotes_with_bid_and_ask(conn: psycopg.Connection[Any]) -> None:
    start = support.midnight(2)
    quotes = [
        (0, "1.10", "1.14"), (1, "1.10", "1.11"), (4, "1.10", "1.11"),  # of the first five minutes
        (4.5, "1.10", None), (4.6, None, "9"),
        (5, "2", "1"),  # crossed
        (17, "1.5", "1.75"),
    ]  # fmt: skip
    support.insert(
        conn,
        [
            *(quote(start + minutes * MINUTE, bid, ask) for minutes, bid, ask in quotes),
            quote(start + 2 * MINUTE, "1", "99999", moves=0),  # a stub
        ],
    )
    question = (
        "select bucket, mean_spread, min_spread, max_spread, quote_count"
        " from market.spread('AAPL', '5m', %s, %s)"
    )
    first, crossed, last = (
        (start, Decimal("0.02"), Decimal("0.01"), Decimal("0.04"), 3),
        (start + 5 * MINUTE, -1, -1, -1, 1),
        (start + 15 * MINUTE, Decimal("0.25"), Decimal("0.25"), Decimal("0.25"), 1),
    )
    for bounds, rows in [
        (["-infinity", "infinity"], [first, crossed, last]),
        ([start, start + 6 * MINUTE], [first, crossed]),  # whole buckets, like candles
        ([start + MINUTE, start + 16 * MINUTE], [crossed, last]),
    ]:
        assert conn.execute(question, bounds).fetchall() == rows


@pytest.fixture
def moving(conn: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """UP rises by a half, DOWN falls by three quarters, FLAT stays; OLD has long ceased."""
    noon = DAY + 12 * HOUR
    support.insert(
        conn,
        [
            trade(noon - 720 * HOUR, "1", symbol="UP"),
            trade(noon - 24 * HOUR, "50", symbol="UP"),
            trade(noon - HOUR, "100", symbol="UP"),
            trade(noon - MINUTE, "150", symbol="UP"),
            trade(noon, "900", symbol="UP"),
            trade(noon - HOUR, "40", symbol="DOWN", source="a"),
            trade(noon - MINUTE, "10", symbol="DOWN", source="a"),
            trade(noon - HOUR, "40", symbol="DOWN", source="b"),
            trade(noon - MINUTE, "400", symbol="DOWN", source="b"),
            trade(noon - MINUTE, "5", symbol="FLAT"),
            trade(noon - 999 * HOUR, "5", symbol="OLD"),
        ],
    )
    conn.execute("update market.instruments set primary_source = 'a' where symbol = 'DOWN'")
    support.refresh_all(conn)
    return conn


@pytest.mark.parametrize(
    "window, limit, expected",
    [
        ("1 hour", 10, [("DOWN", -75), ("UP", 50), ("FLAT", 0)]),
        ("1 hour", 2, [("DOWN", -75), ("UP", 50)]),
        ("1 minute", 10, [("DOWN", 0), ("FLAT", 0), ("UP", 0)]),
        ("24 hours", 10, [("UP", 200), ("DOWN", -75), ("FLAT", 0)]),
    ],
)
def test_movers_are_those_of_the_window(
    moving: psycopg.Connection[Any], window: str, limit: int, expected: list[tuple[str, int]]
) -> None:
    rows = moving.execute(
        "select symbol, change_pct from market.movers(%s, %s, %s)",
        [window, limit, DAY + 12 * HOUR],
    ).fetchall()
    assert rows == expected


def test_movers_of_a_month_are_of_days(moving: psycopg.Connection[Any]) -> None:
    rows = moving.execute(
        "select symbol, open, close from market.movers('31 days', 1, %s)", [DAY + 24 * HOUR]
    ).fetchall()
    assert rows == [("UP", 1, 900)]


def test_movers_of_now_are_the_default(conn: psycopg.Connection[Any]) -> None:
    now = datetime.now(UTC)
    support.insert(conn, [trade(now - 2 * HOUR, "4"), trade(now - HOUR, "5")])
    rows = conn.execute("select * from market.movers()").fetchall()
    assert rows == [("AAPL", "sim", 4, 5, 25)]
