"""A series with gaps, small enough to compute every expected value by hand."""

from datetime import datetime
from typing import Any

import psycopg

from tests.db import support
from tests.db.support import MINUTE, tick, utc

DAY = utc("2026-03-04")  # a Wednesday


def at(minutes: float) -> datetime:
    """Returns the time that many minutes after the start of DAY."""
    return DAY + minutes * MINUTE


def insert(conn: psycopg.Connection[Any]) -> None:
    """Stores ticks of 10:00, 10:01, 10:04 and 10:07, and one of the day before."""
    support.insert(
        conn,
        [
            tick(at(-60), "7", "1"),
            tick(at(600), "10", "1"),
            tick(at(600.5), "12", "3"),
            tick(at(601), "11", "2"),
            tick(at(604), "20", "4"),
            tick(at(604.25), "16", None),
            tick(at(607), "8", "10"),
            tick(at(600), "1000", "9", source="other"),
        ],
    )
    conn.execute("update market.instruments set primary_source = 'sim'")
