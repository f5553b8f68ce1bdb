"""The estimate of the days until the disk is full."""

from typing import Any

import psycopg
import pytest

from db import sql
from db.doctor import disk


@pytest.mark.parametrize(
    "days, severity", [(14, None), (13.9, "warning"), (2.9, "error")], ids=["fine", "soon", "now"]
)
def test_severity_depends_on_the_days_left(days: float, severity: str | None) -> None:
    found = disk.judge(int(days * 1000), 1000)
    assert [one.severity for one in found] == ([severity] if severity else [])


def test_growth_is_estimated_from_the_events_of_the_last_day(
    healthy: psycopg.Connection[Any],
) -> None:
    healthy.execute(
        "insert into ops.load_batches (loader, offsets, messages, stored, duplicates, amended,"
        " rejected, ignored, trades, quotes, late, seconds)"
        " values ('here', '{}', 1, 1, 0, 0, 0, 0, 1000000000, 0, 0, 1)"
    )
    healthy.execute("analyze market.trades")
    row = healthy.execute(sql.load("db.doctor", "growth")).fetchone()
    assert row is not None
    assert row[0] > 1e9
    assert row[2] is True
