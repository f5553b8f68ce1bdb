"""Names of instruments are dated, half open, and mean one instrument at a time."""

from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

ADD = "insert into market.names (symbol, since, until, instrument) values (%s, %s, %s, %s)"
RENAMED = "2022-06-09 00:00+00"


@pytest.fixture(autouse=True)
def _instruments(conn: psycopg.Connection[Any]) -> None:
    conn.execute("insert into market.instruments (symbol) values ('META'), ('FB'), ('OTHER')")
    conn.execute(ADD, ["FB", "-infinity", RENAMED, "META"])


@pytest.mark.parametrize(
    "name",
    [
        ("META", RENAMED, "infinity", "META"),
        ("FB", RENAMED, "infinity", "OTHER"),
        ("FB", RENAMED, "2024-01-01 00:00+00", "FB"),
        ("OTHER", "-infinity", "infinity", "META"),
    ],
)
def test_names_that_follow_each_other_are_taken(
    conn: psycopg.Connection[Any], name: tuple[str, ...]
) -> None:
    conn.execute(ADD, name)


@pytest.mark.parametrize(
    "name",
    [
        ("FB", "2022-06-08 23:59:59.999999+00", "infinity", "OTHER"),
        ("FB", "2000-01-01 00:00+00", "2001-01-01 00:00+00", "META"),
        ("FB", "-infinity", "infinity", "OTHER"),
        ("META", RENAMED, RENAMED, "META"),
        ("META", "infinity", RENAMED, "META"),
        ("FB", RENAMED, "infinity", "UNKNOWN"),
    ],
)
def test_names_that_overlap_or_lead_nowhere_are_refused(
    conn: psycopg.Connection[Any], name: tuple[str, ...]
) -> None:
    with pytest.raises(pg.IntegrityError):
        conn.execute(ADD, name)


def test_overlaps_are_judged_at_the_end_of_a_transaction(conn: psycopg.Connection[Any]) -> None:
    with conn.transaction():
        conn.execute(ADD, ["FB", "2020-01-01 00:00+00", "infinity", "OTHER"])
        conn.execute(
            "update market.names set until = '2020-01-01 00:00+00' where since < '2020-01-01'"
        )
    assert conn.execute("select count(*) from market.names").fetchone() == (2,)


def test_two_writers_of_one_symbol_cannot_overlap(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    with psycopg.connect(fresh_database) as other:
        other.execute(ADD, ["META", "-infinity", "infinity", "META"])
        other.execute("set constraints all immediate")
        conn.execute("set lock_timeout = '100ms'")
        with pytest.raises(pg.LockNotAvailable):
            conn.execute(ADD, ["META", RENAMED, "infinity", "OTHER"])


@pytest.mark.parametrize(
    "values",
    [
        "('META', now(), 'split', 0, 1)",
        "('META', now(), 'split', 1, -1)",
        "('META', now(), 'split', 'NaN', 1)",
        "('META', 'infinity', 'split', 2, 1)",
        "('META', now(), 'merger', 2, 1)",
        "('UNKNOWN', now(), 'split', 2, 1)",
    ],
)
def test_impossible_actions_are_refused(conn: psycopg.Connection[Any], values: str) -> None:
    with pytest.raises(pg.IntegrityError):
        conn.execute(
            "insert into market.corporate_actions (instrument, ex_at, kind, numerator, denominator)"
            f" values {values}"
        )
