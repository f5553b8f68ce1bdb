"""The rules of the database: those that are shipped, and the page that explains them."""

import csv
import re
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from ingest.formats import bar_rules
from ingest.formats.bar_rules import Rules

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "bar-rules.md").read_text()
QUERIES = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
HIGH_LOW, DAILY_HIGH_LOW = 4, 64


def _rules(conn: psycopg.Connection) -> Rules:
    with conn.cursor(row_factory=dict_row) as cursor:
        sets = cursor.execute("select * from market.rule_sets").fetchall()
        return bar_rules.from_rows(
            sets, cursor.execute("select * from market.bar_rules").fetchall()
        )


def _shipped() -> Rules:
    tables = []
    for name in ("rule_sets.csv", "bar_rules.csv"):
        with (ROOT / "db/data" / name).open(newline="") as file:
            tables.append(list(csv.DictReader(file)))
    return bar_rules.from_rows(*tables)


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
