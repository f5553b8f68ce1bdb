"""The levels of candles: rows of the table ops.lifecycle, the only list of timeframes."""

from datetime import timedelta
from typing import Any

import msgspec
import psycopg
from psycopg.rows import class_row

from db import sql


class Level(msgspec.Struct, frozen=True):
    """A timeframe whose candles are stored: its name (5m), its width and where they come from."""

    name: str
    width: timedelta
    child: str  # the level whose candles it aggregates, or "ticks"


def levels(conn: psycopg.Connection[Any]) -> list[Level]:
    """Returns the levels in the order of their refresh: every level after its child.

    `conn` needs a role that may read ops.lifecycle: the owner or the loader.
    """
    with conn.cursor(row_factory=class_row(Level)) as cursor:
        return cursor.execute(sql.load("db.candles", "levels")).fetchall()
