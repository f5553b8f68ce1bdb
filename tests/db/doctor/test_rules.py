"""The queries of single rules, with values that the tests' server does not have."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from db import edition, sql
from db.doctor import rules
from tests.db.doctor.durability import set_durability


@pytest.mark.parametrize(
    "kind, timescaledb, postgres, refused",
    [
        ("community", "2.29.2", "16.1", 0),
        ("community", "2.30.0-dev", "18.0", 0),
        ("community", "2.29.1", "17.6", 1),
        ("community", "2.9.3", "17.6", 1),
        ("community", "2.31.0", "15.20", 1),
        ("apache", "2.19.3", "17.6", 0),
        ("apache", "2.19.2", "15.1", 2),
    ],
)
def test_old_versions_are_refused(
    conn: psycopg.Connection[Any], kind: str, timescaledb: str, postgres: str, refused: int
) -> None:
    values = {"kind": kind, "timescaledb": timescaledb, "postgres": postgres}
    found = conn.execute(sql.load("db.doctor", "versions"), values).fetchall()
    assert len(found) == refused


def test_known_bugs_are_reported_up_to_the_version_that_fixes_them(
    conn: psycopg.Connection[Any],
) -> None:
    def bugs(kind: str, timescaledb: str) -> int:
        values = {"kind": kind, "timescaledb": timescaledb}
        return len(conn.execute(sql.load("db.doctor", "known_bugs"), values).fetchall())

    assert bugs("community", "2.29.2") == 0
    assert bugs("community", "2.28.3") == 3
    assert bugs("apache", "2.19.3") == 2


def test_update_of_the_extension_is_offered(conn: psycopg.Connection[Any]) -> None:
    query = sql.load("db.doctor", "extension")
    assert conn.execute(query, {"timescaledb": "2.0.0"}).fetchall()
    assert not conn.execute(query, {"timescaledb": edition.read(conn).timescaledb}).fetchall()


def test_settings_that_may_lose_data_are_named(healthy: psycopg.Connection[Any]) -> None:
    query = sql.load("db.doctor", "durability")
    assert healthy.execute(query).fetchall() == []
    try:
        set_durability(healthy, "off")
        assert sorted(healthy.execute(query).fetchall()) == [
            ("fsync is off",),
            ("full_page_writes is off",),
        ]
    finally:
        set_durability(healthy, "on")
    healthy.execute("set timescaledb.restoring = on")
    rows = healthy.execute(query).fetchall()
    assert ("timescaledb.restoring is on",) in rows


def test_job_owner_without_login_is_found(healthy: psycopg.Connection[Any]) -> None:
    with healthy.transaction(force_rollback=True):
        healthy.execute("alter role stockpulse_owner nologin")
        assert healthy.execute(sql.load("db.doctor", "owner")).fetchall()


def test_every_rule_has_its_query_and_every_query_its_rule() -> None:
    named = {f"{rule.name}.sql" for rule in (*rules.BASIC_RULES, *rules.RULES)}
    folder = Path(rules.__file__).parent / "queries"
    assert {file.name for file in folder.glob("*.sql")} == named | {"growth.sql"}
