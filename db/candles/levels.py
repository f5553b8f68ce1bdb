"""Candles by level: rows of the table ops.lifecycle, the only list of timeframes."""

from datetime import timedelta
from typing import Any

import msgspec
import psycopg
from psycopg.rows import class_row

from db import sql


class Level(msgspec.Struct, frozen=True):
    """A relation of candles of one timeframe, made from trades or quotes."""

    relation: str  # in the schema market: candles_5m, quote_candles_5m
    name: str  # 5m
    width: timedelta
    is_lowest: bool  # made from events, the others from candles of a lower level
    kind: str  # the relation of events at the bottom of its tree: trades or quotes


def levels(conn: psycopg.Connection[Any]) -> list[Level]:
    """Returns the levels of both trees in the order of their refresh: each after its child.

    `conn` needs a role that may read ops.lifecycle: the owner or the loader.
    """
    with conn.cursor(row_factory=class_row(Level)) as cursor:
        return cursor.execute(sql.load("db.candles", "levels")).fetchall()
