"""The levels of candles as the package reads them from the database."""

from typing import Any

import psycopg
import pytest

from cli.progress import show_progress
from db.candles import refresh
from db.candles.levels import Level, levels
from db.errors import UsageError
from tests.db import support


def test_levels_are_in_the_order_of_their_refresh(conn: psycopg.Connection[Any]) -> None:
    assert levels(conn) == [
        Level(f"{prefix}_{name}", name, width, name == "1m", kind)
        for prefix, kind in (("candles", "trades"), ("quote_candles", "quotes"))
        for name, width in support.LEVELS.items()
    ]


def test_functions_know_every_level(conn: psycopg.Connection[Any]) -> None:
    for level in levels(conn):
        row = conn.execute(
            "select level, width, months from market.timeframe_of(%s)", [level.name]
        ).fetchone()
        assert row == (level.name, level.width, None)


def test_unknown_level_is_an_error_that_lists_the_known_ones(fresh_database: str) -> None:
    with pytest.raises(UsageError) as refused:
        refresh.refresh(fresh_database, show_progress, levels=("1h", "7m"))
    assert str(refused.value) == ("unknown level 7m; known are 1m, 5m, 15m, 30m, 1h, 4h, 12h, 1d")
