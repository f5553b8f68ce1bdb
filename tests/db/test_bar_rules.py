"""The rules of the database: those that are shipped, and the page that explains them."""

import csv
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg
from psycopg.rows import dict_row

from ingest.formats import bar_rules
from ingest.formats.bar_rules import BadHours, Rules
from tests.db import support
from tests.oracle import Trade

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "bar-rules.md").read_text()
QUERIES = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
HIGH_LOW, DAILY_HIGH_LOW = 4, 64
DAY = support.utc("2024-03-04")  # New York is five hours behind UTC
NUMBERS = (
    "open", "high", "low", "close", "volume", "vwap_volume", "notional", "tick_count",
)  # fmt: skip


def _rules(conn: psycopg.Connection) -> Rules:
    with conn.cursor(row_factory=dict_row) as cursor:
        sets = cursor.execute("select * from market.rule_sets").fetchall()
        return bar_rules.from_rows(
            sets, cursor.execute("select * from market.bar_rules").fetchall()
        )


def _table(path: str) -> list[dict[str, str]]:
    with (ROOT / path).open(newline="") as file:
        return list(csv.DictReader(file))


def _shipped() -> Rules:
    return bar_rules.from_rows(_table("db/data/rule_sets.csv"), _table("db/data/bar_rules.csv"))


def test_the_database_has_the_shipped_rules(conn: psycopg.Connection) -> None:
    assert _rules(conn) == _shipped()


@pytest.mark.parametrize("kind", ["minute", "day"])
def test_every_rule_set_has_a_default(conn: psycopg.Connection, kind: str) -> None:
    without = conn.execute(
        "select rule_set from market.rule_sets except"
        " select rule_set from market.bar_rules where code = '*' and tape = '*' and kind = %s",
        [kind],
    )
    assert without.fetchall() == []


@pytest.mark.parametrize(
    "hours",
    [
        "America/New_York 09:30-16:00", "America/Chicago 17:00-16:00", "UTC 00:00-24:00",
        "Asia/Tokyo 22:00-24:00", "Asia/Tokyo 22:00-00:00", None,
    ],
)  # fmt: skip
def test_hours_of_a_rule_set_can_be_read(conn: psycopg.Connection, hours: str | None) -> None:
    conn.execute("update market.rule_sets set regular_hours = %s where rule_set = 'all'", [hours])
    assert (_rules(conn).sets["all"].hours is None) == (hours is None)


@pytest.mark.parametrize(
    "hours",
    [
        "Mars/X 09:30-16:00", "nonsense", "", "UTC 25:00-26:00", "America/New_York 09:30",
        "UTC 24:00-09:00", "UTC 09:60-10:00", "UTC 09:30-24:01", "UTC 9:30-16:00",
        "UTC 09:30-09:30", " UTC 09:30-16:00", "UTC  09:30-16:00", "UTC 09:30-16:00 ",
        "UTC 09:30-16:00\n", "utc 09:30-16:00", "X5 09:30-16:00", "../UTC 09:30-16:00",
    ],
)  # fmt: skip
def test_other_hours_are_refused(conn: psycopg.Connection, hours: str) -> None:
    change = "update market.rule_sets set regular_hours = %s where rule_set = 'all'"
    with pytest.raises(pg.CheckViolation):
        conn.execute(change, [hours])
    row = [{"rule_set": "all", "codes": "list", "regular_hours": hours}]
    if hours not in ("", "utc 09:30-16:00"):  # no hours; a file system may have small letters
        with pytest.raises(BadHours, match="the rule set all has the regular_hours"):
            bar_rules.from_rows(row, [])


def test_the_refusal_of_a_zone_names_it(conn: psycopg.Connection) -> None:
    change = "update market.rule_sets set regular_hours = 'Mars/X 09:30-16:00' where codes = 'bits'"
    with pytest.raises(pg.CheckViolation) as refused:
        conn.execute(change)
    assert refused.value.diag.message_primary == (
        "rule set algoseek: Mars/X is not a time zone in pg_timezone_names"
    )


@pytest.mark.parametrize("open_close", ["yes", "first"])
def test_a_rule_that_moves_open_and_close_moves_high_and_low(
    conn: psycopg.Connection, open_close: str
) -> None:
    change = "update market.bar_rules set open_close = %s, high_low = false where code = 'W'"
    with pytest.raises(pg.CheckViolation, match="bar_rules_open_lies_within"):
        conn.execute(change, [open_close])


def test_bars_of_every_level_are_those_written_out(conn: psycopg.Connection) -> None:
    rules = _rules(conn)
    rows = _table("tests/data/bar_rules_trades.csv")
    support.insert(conn, [_trade(rules, number, row) for number, row in enumerate(rows)])
    for refresh in (lambda _conn: None, support.refresh_all):
        refresh(conn)
        made = {key: bar for level in support.LEVELS for key, bar in _bars(conn, level)}
        assert made == dict(map(_written_out, _table("tests/data/bar_rules_bars.csv")))


def _trade(rules: Rules, number: int, row: dict[str, str]) -> Trade:
    ts = _moment(row["time"])
    us = (ts - support.utc("2000-01-01")) // support.MICROSECOND
    conditions = tuple(row["conditions"].split(" "))
    return Trade(
        ts,
        Decimal(row["price"]),
        Decimal(row["size"]),
        seq=number,
        moves=rules.moves(row["source"], row["tape"] or None, conditions, us),
        symbol=row["symbol"],
        source=row["source"],
    )


def _moment(time: str) -> datetime:
    return DAY + (datetime.fromisoformat(f"2000-01-01 {time}") - datetime(2000, 1, 1))  # noqa: DTZ001


def _bars(conn: psycopg.Connection, level: str) -> list[tuple[Any, tuple[Any, ...]]]:
    rows = conn.execute(
        f"select symbol, bucket, {', '.join(NUMBERS)}, round(vwap, 9) from market.candles_{level}"
    ).fetchall()
    return [((symbol, level, bucket), tuple(bar)) for symbol, bucket, *bar in rows]


def _written_out(row: dict[str, str]) -> tuple[Any, tuple[Any, ...]]:
    bar = [Decimal(row[name]) if row[name] else None for name in NUMBERS]
    vwap = None
    if row["notional"]:
        vwap = round(Decimal(row["notional"]) / Decimal(row["vwap_volume"]), 9)
    return (row["symbol"], row["level"], _moment(row["bucket"])), (*bar, vwap)


def test_the_page_answers_with_the_shipped_rules(conn: psycopg.Connection) -> None:
    (answer,) = re.findall(r"^-+\+.*?\n(.*?)^\(3 rows\)$", PAGE, re.MULTILINE | re.DOTALL)
    shown = [tuple(cell.strip() for cell in line.split("|")) for line in answer.splitlines()]
    made = [
        tuple(str(value)[0] if isinstance(value, bool) else value for value in row)
        for row in conn.execute(QUERIES[0])
    ]
    assert [tuple(map(str.lower, row)) for row in made] == [
        tuple(map(str.lower, row)) for row in shown
    ]


def test_a_set_of_ones_own_is_made_as_the_page_says(conn: psycopg.Connection) -> None:
    before = _rules(conn)
    for statement in QUERIES[1].split(";\n"):
        if statement.strip():
            conn.execute(statement)
    after = _rules(conn)
    odd_lot = ("C", ("@", "I"), 0)
    assert after.moves("own", *odd_lot) == (
        before.moves("alpaca", *odd_lot) | HIGH_LOW | DAILY_HIGH_LOW
    )
    assert after.moves("own", "C", ("W",), 0) == before.moves("alpaca", "C", ("W",), 0)
    chosen = conn.execute("select rule_set from market.sources where source = 'alpaca'").fetchone()
    assert chosen == ("own",)


def test_the_page_filters_by_the_masks_of_trades(conn: psycopg.Connection) -> None:
    assert conn.execute(QUERIES[2]).fetchall() == []
