"""The limits of age, and the sentence that says why older events are not taken."""

from datetime import datetime
from typing import Any

import psycopg
import pytest

from tests.db import support
from tests.db.support import MICROSECOND, quote, trade

SET = "market.trades keeps 90 days; stockpulse lifecycle set trades --keep forever"
GONE = "market.trades keeps 90 days, and dropped them for good"


def limits(conn: psycopg.Connection[Any]) -> dict[str, tuple[datetime, str]]:
    """Returns the limit and the sentence of each relation that has one."""
    rows = conn.execute("select relation, since, sentence from ops.age_limits").fetchall()
    return {relation: (since, sentence) for relation, since, sentence in rows}


def set_trades(conn: psycopg.Connection[Any], keep: str | None, floor: datetime | str) -> None:
    conn.execute("update ops.lifecycle set keep = %s where relation = 'trades'", [keep])
    conn.execute("update ops.retention_floors set floor_ts = %s where relation = 'trades'", [floor])


def test_as_shipped_there_is_no_limit(conn: psycopg.Connection[Any]) -> None:
    assert limits(conn) == {}


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_the_limit_is_the_end_of_the_newest_chunk_that_is_too_old(
    conn: psycopg.Connection[Any], zone: str
) -> None:
    conn.execute("select set_config('timezone', %s, false)", [zone])
    set_trades(conn, "90 days", "-infinity")
    day = support.midnight(90)
    assert limits(conn) == {"trades": (day, f"trades before {day:%Y-%m-%d} are not kept: {SET}")}


def test_the_next_run_drops_what_is_before_the_limit_and_nothing_else(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    support.keep_events(conn, "90 days")
    since = limits(conn)["quotes"][0]
    support.insert(conn, [quote(since - MICROSECOND, "1", "2"), quote(since, "1", "2")])
    support.insert(conn, [trade(since - MICROSECOND, "1"), trade(since, "1")])
    support.retain(fresh_database)
    for relation in ("trades", "quotes"):
        assert conn.execute(f"select ts from market.{relation}").fetchall() == [(since,)]
        assert limits(conn)[relation][0] == since


@pytest.mark.parametrize(
    "keep, floor, since, reason",
    [
        pytest.param("90 days", 90, 90, GONE, id="dropped-by-the-last-run"),
        pytest.param("90 days", 60, 60, GONE, id="dropped-while-less-was-kept"),
        pytest.param(
            "90 days", 95, 90, f"{SET} takes those since {support.midnight(95):%Y-%m-%d}",
            id="dropped-long-ago",
        ),
        pytest.param(
            None, 90, 90, "they were dropped for good before they were kept for ever",
            id="kept-for-ever-from-then-on",
        ),
    ],
)  # fmt: skip
def test_the_sentence_names_the_setting_only_where_it_helps(
    conn: psycopg.Connection[Any], keep: str | None, floor: int, since: int, reason: str
) -> None:
    set_trades(conn, keep, support.midnight(floor))
    day = support.midnight(since)
    assert limits(conn) == {"trades": (day, f"trades before {day:%Y-%m-%d} are not kept: {reason}")}


def test_chunks_of_hours_have_limits_of_hours(conn: psycopg.Connection[Any]) -> None:
    conn.execute(
        "update ops.lifecycle set keep = '90 days', chunk = '6 hours' where relation = 'trades'"
    )
    row = conn.execute(
        "select to_char(date_bin('6 hours', now() - interval '90 days', '2000-01-01 00:00+00')"
        " at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC')"
    ).fetchone()
    assert row is not None
    _, sentence = limits(conn)["trades"]
    assert sentence.startswith(f"trades before {row[0].removesuffix(' 00:00:00 UTC')} are not kept")
