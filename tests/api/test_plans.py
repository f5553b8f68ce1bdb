"""Questions about the newest of a long history read little of it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from api import timeframes
from db import sql
from stack.database import Database
from tests.api.store import Store, Tick, minute

DAYS = 12
A_DAY = 1440


@pytest.fixture
def history(store: Store, database: Database) -> Store:
    """A tick a minute for twelve days, candles made."""
    start = minute(DAYS * A_DAY)
    ticks = [Tick(start + timedelta(minutes=n), "1") for n in range(DAYS * A_DAY)]
    store.ticks("A", ticks)
    store.make_candles(database.edition)
    store.execute("analyze")
    return store


LEGACY = ("ticks_latest", "ticks_summary", "bars_latest", "bars_summary")


def _rows_read(store: Store, question: str, **values: object) -> int:
    """Returns how many rows the leaves of the plan read, over all their loops."""
    statement = "explain (analyze, format json) " + sql.load(
        "api.legacy" if question in LEGACY else "api.native", question
    )
    span = timeframes.parse("1m").span
    with psycopg.connect(
        store.url, options="-c plan_cache_mode=force_generic_plan -c timezone=UTC"
    ) as conn:
        conn.execute("set role stockpulse_reader")
        row = conn.execute(
            statement, {"source": "sim", "span": span} | values, prepare=True
        ).fetchone()
    assert row is not None
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return sum(
        int((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])
        for node in _nodes(plan[0]["Plan"])
        if "Plans" not in node and node["Node Type"] != "CTE Scan"
    )


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


def test_latest_ticks_read_no_more_than_they_show(history: Store) -> None:
    assert _rows_read(history, "ticks_latest", symbol="A", limit=10) < 20


def test_tick_summary_reads_its_window_only(history: Store) -> None:
    # less than a day's chunk, which is read whole while it is small
    assert _rows_read(history, "ticks_summary", symbol="A", minutes=30) < A_DAY


@pytest.mark.parametrize(
    "question, values",
    [
        ("bars_latest", {"symbol": "A", "limit": 60}),
        ("bars_newest", {"symbols": ["A"], "end": "infinity", "limit": 60}),
        ("bars_backward", {"symbols": ["A"], "start": "-infinity", "end": "infinity", "limit": 60}),
        ("bars_forward", {"symbols": ["A"], "start": "-infinity", "end": "infinity", "limit": 60}),
        ("bars_last", {"symbols": ["A"]}),
        ("bars_summary", {"symbol": "A", "minutes": 60}),
        ("movers", {"minutes": 60, "limit": 5}),
    ],
)
def test_bars_read_a_day_or_two_and_not_the_history(
    history: Store, question: str, values: dict[str, object]
) -> None:
    after = {"after_symbol": None, "after_source": None, "after_bucket": None}
    # two days, and some hundred hours and days that say where to look
    assert _rows_read(history, question, **after | values) < 2 * A_DAY + 500 < DAYS * A_DAY / 4
