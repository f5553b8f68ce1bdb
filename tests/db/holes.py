"""A series with holes, small enough to work out by hand whatever is queried."""

from datetime import datetime
from typing import Any

import psycopg

from tests.db import support
from tests.db.support import MINUTE, trade, utc

DAY = utc("2026-03-04")  # a Wednesday


def at(minutes: float) -> datetime:
    """Returns the time so many minutes after the start of DAY."""
    return DAY + minutes * MINUTE


def insert(conn: psycopg.Connection[Any]) -> None:
    """Stores trades of 10:00, 10:01, 10:04 and 10:07, and one of the day before."""
    support.insert(
        conn,
        [
            trade(at(-60), "7", "1"),
            trade(at(600), "10", "1"),
            trade(at(600.5), "12", "3"),
            trade(at(601), "11", "2"),
            trade(at(604), "20", "4"),
            trade(at(604.25), "16", None),
            trade(at(607), "8", "10"),
            trade(at(600), "1000", "9", source="other"),
        ],
    )
    conn.execute("update market.instruments set primary_source = 'sim'")
