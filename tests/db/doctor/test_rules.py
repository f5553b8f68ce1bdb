"""The queries of single rules, with values that the tests' server does not have."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from db import edition, sql
from db.doctor import rules
from tests.db import archived, support
from tests.db.doctor.durability import set_durability
from tests.db.support import trade


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


def test_chunks_whose_rows_a_restore_left_out_are_found(healthy: psycopg.Connection[Any]) -> None:
    query = sql.load("db.doctor", "empty_chunks")
    assert healthy.execute(query).fetchall() == []
    healthy.execute(
        "do $$ begin execute (select 'truncate ' || format('%I.%I', chunk_schema, chunk_name)"
        " from timescaledb_information.chunks where hypertable_name = 'trades'); end $$"
    )
    [(text,)] = healthy.execute(query).fetchall()
    assert text.startswith("1 chunks of market.trades are empty, the first one of ")


def test_login_that_sees_little_is_told_so(healthy: psycopg.Connection[Any]) -> None:
    query = sql.load("db.doctor", "rights")
    assert healthy.execute(query).fetchall() == []
    healthy.execute("set role stockpulse_loader")
    [(text,)] = healthy.execute(query).fetchall()
    assert "may not see what other sessions do" in text


@pytest.mark.community
def test_a_job_that_failed_is_named_with_its_error(conn: psycopg.Connection[Any]) -> None:
    (job,) = conn.execute("select max(job_id) from timescaledb_information.jobs").fetchone() or ()
    conn.execute(
        "update _timescaledb_internal.bgw_job_stat set last_run_success = false,"
        " last_start = now(), last_finish = now(), total_failures = 2 where job_id = %s",
        [job],
    )
    conn.execute(
        "insert into _timescaledb_internal.bgw_job_stat_history"
        " (job_id, execution_start, execution_finish, succeeded, data)"
        " select %s, now() - ago, now(), false, jsonb_build_object('error_data', error)"
        " from (values (interval '2 hours', '{\"message\": \"it slept\"}'::jsonb),"
        " ('1 hour', '{\"message\": \"it fell\"}')) as one (ago, error)",
        [job],
    )
    [(text,)] = conn.execute(sql.load("db.doctor", "jobs_failing")).fetchall()
    assert text.endswith(" failed; 2 failures in total, the newest: it fell")


def test_job_owner_without_login_is_found(healthy: psycopg.Connection[Any]) -> None:
    with healthy.transaction(force_rollback=True):
        healthy.execute("alter role stockpulse_owner nologin")
        assert healthy.execute(sql.load("db.doctor", "owner")).fetchall()


def test_days_that_nobody_archives_are_found(conn: psycopg.Connection[Any]) -> None:
    query = sql.load("db.doctor", "archiving")
    support.insert(conn, [trade(support.midnight(days), "1") for days in (9, 5, 1)])
    assert conn.execute(query).fetchall() == []
    archived.archive(conn, "trades", [9])
    day = archived.day_of(5)
    assert conn.execute(query).fetchall() == [
        (
            "1 days of trades ended more than two days ago and are not in the archive, the oldest"
            f" is {day}",
        )
    ]
    archived.archive(conn, "trades", [5])
    assert conn.execute(query).fetchall() == []


def test_days_that_wait_for_the_archive_for_long_are_found(conn: psycopg.Connection[Any]) -> None:
    query = sql.load("db.doctor", "archiving")
    support.keep_events(conn, "90 days")
    archived.see(conn)
    kept = (
        "update ops.retention_floors set kept = tstzmultirange(tstzrange(%s, %s))"
        " where relation = 'trades'"
    )
    conn.execute(kept, [support.midnight(92), support.midnight(91)])
    assert conn.execute(query).fetchall() == []
    conn.execute(kept, [support.midnight(100), support.midnight(91)])
    [(text,)] = conn.execute(query).fetchall()
    since = f"{support.midnight(100):%Y-%m-%d}"
    assert text.startswith(
        f"retention has waited for the archive with days of trades since {since}"
    )


def test_every_rule_has_its_query_and_every_query_its_rule() -> None:
    named = {f"{rule.name}.sql" for rule in (*rules.BASIC_RULES, *rules.RULES)}
    folder = Path(rules.__file__).parent / "queries"
    assert {file.name for file in folder.glob("*.sql")} == named | {"growth.sql"}
