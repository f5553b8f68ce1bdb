"""The settings of the levels: the ones that are rejected, and how changes are applied."""

from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from db import migrate
from stack.database import Database
from tests.db import catalog, support

REFUSED = {
    "ticks dropped within the range of a refresh": (
        "update ops.lifecycle set keep = '10 days' where level = 'ticks'",
        "the refresh of 1m reaches back 8 days, too close to the age at which ticks are dropped",
    ),
    "a refresh that reaches dropped ticks": (
        "update ops.lifecycle set refresh_start = '88 days' where level = '1m'",
        "the refresh of 1m reaches back 88 days, too close to the age at which ticks are dropped",
    ),
    "longer chunks of ticks": (
        "update ops.lifecycle set chunk = '41 days' where level = 'ticks'",
        "the refresh of 1m reaches back 8 days, too close to the age at which ticks are dropped",
    ),
    "candles dropped within the range of their parents' refresh": (
        "update ops.lifecycle set keep = '20 days' where level = '1m'",
        "reaches back 8 days, too close to the age at which 1m are dropped",
    ),
    "columnstore only after retention": (
        "update ops.lifecycle set columnstore_after = '90 days' where level = 'ticks'",
        "lifecycle_keeps_what_it_compresses",
    ),
    "a refresh of an unfinished bucket": (
        "update ops.lifecycle set refresh_end = '59 min' where level = '1h'",
        "lifecycle_candles_are_refreshed",
    ),
    "a refresh that ends before it starts": (
        "update ops.lifecycle set refresh_start = '1 hour' where level = '1h'",
        "lifecycle_candles_are_refreshed",
    ),
    "a refresh without an interval": (
        "update ops.lifecycle set refresh_every = '0' where level = '1d'",
        "lifecycle_candles_are_refreshed",
    ),
    "candles without a refresh": (
        "update ops.lifecycle set refresh_start = null where level = '1d'",
        "lifecycle_candles_are_refreshed",
    ),
    "candles of an unknown level": (
        "insert into ops.lifecycle values"
        " ('1w', 9, '7d', '7 days', '1400 days', '30 days', '7 days', '1 hour', null, null)",
        "lifecycle_child",
    ),
}


@pytest.mark.parametrize("statement, complaint", REFUSED.values(), ids=REFUSED.keys())
def test_settings_that_would_lose_candles_are_rejected(
    conn: psycopg.Connection[Any], statement: str, complaint: str
) -> None:
    before = conn.execute("select * from ops.lifecycle order by level").fetchall()
    with pytest.raises(pg.IntegrityError, match=complaint):
        conn.execute(statement)
    assert conn.execute("select * from ops.lifecycle order by level").fetchall() == before


def test_shortest_safe_retention_is_accepted(conn: psycopg.Connection[Any]) -> None:
    conn.execute(
        "update ops.lifecycle set keep = '10 days 00:00:01' where level = 'ticks'"
    )  # more than 8 days of refresh and two chunks of a day


def test_changes_are_checked_at_the_end_of_their_transaction(conn: psycopg.Connection[Any]) -> None:
    with conn.transaction():
        conn.execute("update ops.lifecycle set keep = '5 days' where level = 'ticks'")
        conn.execute("update ops.lifecycle set refresh_start = '2 days' where level = '1m'")
    kept = conn.execute("select keep = '5 days' from ops.lifecycle where level = 'ticks'")
    assert kept.fetchone() == (True,)


JOBS = """
select
    job_id, proc_name, format('%%I.%%I', hypertable_schema, coalesce(hypertable_name, '')),
    schedule_interval::text, scheduled,
    (config - 'hypertable_id' - 'mat_hypertable_id')::text
from timescaledb_information.jobs
where proc_name = %s and (hypertable_name is null or hypertable_name = %s)
"""


def chunk_of(conn: psycopg.Connection[Any], level: str) -> str:
    row = conn.execute(
        "select time_interval::text from timescaledb_information.dimensions"
        " where format('%%I.%%I', hypertable_schema, hypertable_name)::regclass"
        " = ops.store_of(%s)",
        [level],
    ).fetchone()
    assert row is not None
    result: str = row[0]
    return result


def test_future_chunks_have_the_configured_length(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    conn.execute("update ops.lifecycle set chunk = '6 hours' where level = 'ticks'")
    conn.execute("update ops.lifecycle set chunk = '3 days' where level = '1m'")
    assert chunk_of(conn, "ticks") == "1 day"
    migrate.upgrade(fresh_database)
    assert (chunk_of(conn, "ticks"), chunk_of(conn, "1m")) == ("06:00:00", "3 days")
    assert chunk_of(conn, "5m") == "35 days"


@pytest.mark.community
def test_next_migrate_applies_the_settings_to_policies(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    conn.execute(
        "update ops.lifecycle set refresh_start = '9 days', refresh_end = '10 min',"
        " refresh_every = '2 min', columnstore_after = '20 days' where level = '5m'"
    )
    migrate.upgrade(fresh_database)
    refresh = jobs(conn, "policy_refresh_continuous_aggregate", "candles_5m")
    assert [job[3:] for job in refresh] == [
        (
            "00:02:00",
            True,
            '{"end_offset": "00:10:00", "start_offset": "9 days", "buckets_per_batch": 0}',
        )
    ]
    columnstore = jobs(conn, "policy_compression", "candles_5m")
    assert [job[5] for job in columnstore] == ['{"compress_after": "20 days"}']


def jobs(conn: psycopg.Connection[Any], procedure: str, relation: str) -> list[Any]:
    return conn.execute(JOBS, [procedure, relation]).fetchall()


@pytest.mark.community
def test_columnstore_policy_can_be_removed_and_added(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    for after, policies in ((None, 0), ("3 days", 1)):
        conn.execute(
            "update ops.lifecycle set columnstore_after = %s where level = 'ticks'", [after]
        )
        migrate.upgrade(fresh_database)
        assert len(jobs(conn, "policy_compression", "ticks")) == policies


@pytest.mark.community
def test_jobs_that_match_the_settings_keep_their_ids_and_stay_paused(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    everything = "select job_id, scheduled from timescaledb_information.jobs order by job_id"
    before = conn.execute(everything).fetchall()
    migrate.upgrade(fresh_database)
    assert conn.execute(everything).fetchall() == before


@pytest.mark.community
def test_jobs_belong_to_the_owner_of_the_relations(conn: psycopg.Connection[Any]) -> None:
    owners = conn.execute(
        "select distinct owner from timescaledb_information.jobs"
        " where proc_schema = 'ops' or hypertable_name is not null"
    ).fetchall()
    assert owners == [("stockpulse_owner",)]


def test_second_migrate_changes_nothing(database: Database, fresh_database: str) -> None:
    before = catalog.read(fresh_database)
    migrate.upgrade(fresh_database)
    assert catalog.read(fresh_database) == before


def test_loader_reads_the_settings_and_cannot_change_them(fresh_database: str) -> None:
    with support.as_role(fresh_database, "stockpulse_loader") as loader:
        assert loader.execute("select count(*) from ops.lifecycle").fetchone() == (9,)
        with pytest.raises(pg.InsufficientPrivilege):
            loader.execute("update ops.lifecycle set keep = null")
