"""The levels of candles as the package reads them from the database."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from cli.progress import show_progress
from db import sql
from db.candles import refresh
from db.candles.levels import Level, levels
from db.errors import UsageError
from tests.db import history, support


def test_levels_are_in_the_order_of_their_refresh(conn: psycopg.Connection[Any]) -> None:
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    assert levels(conn) == [
        Level("1m", minute, "ticks"),
        Level("5m", 5 * minute, "1m"),
        Level("15m", 15 * minute, "1m"),
        Level("30m", 30 * minute, "1m"),
        Level("1h", hour, "1m"),
        Level("4h", 4 * hour, "1h"),
        Level("12h", 12 * hour, "1h"),
        Level("1d", 24 * hour, "1h"),
    ]


def test_functions_know_every_level(conn: psycopg.Connection[Any]) -> None:
    for level in levels(conn):
        row = conn.execute(
            "select market.check_timeframe(%(name)s), market.width_of(%(name)s)",
            {"name": level.name},
        ).fetchone()
        assert row == (False, level.width)


def test_demo_counts_candles_and_ticks_of_every_level(conn: psycopg.Connection[Any]) -> None:
    query = sql.load("cli", "demo_candles")
    assert conn.execute(query).fetchall() == [(name, 0, None) for name in support.names(conn)]
    history.fill(conn)
    assert conn.execute(query).fetchall() == [
        (name, len(candles), 24) for name, candles in support.expected(conn).items()
    ]


def test_unknown_level_is_an_error_that_lists_the_known_ones(fresh_database: str) -> None:
    with pytest.raises(UsageError) as refused:
        refresh.refresh(fresh_database, show_progress, levels=("1h", "7m"))
    assert str(refused.value) == ("unknown level 7m; known are 1m, 5m, 15m, 30m, 1h, 4h, 12h, 1d")
