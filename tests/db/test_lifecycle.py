"""The settings of the relations: which are refused, and how a change comes into force."""

from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from db import migrate
from stack.database import Database
from tests.db import catalog, support
from tests.db.support import quote, trade

KEEP = "update ops.lifecycle set keep = '90 days' where relation = 'trades'"

REFUSED = {
    "trades dropped before their minute is made": (
        "update ops.lifecycle set keep = '2 days' where relation = 'trades'",
        "candles_1m are open for 00:01:00, too near to the age at which trades are dropped",
    ),
    "quotes dropped before their minute is made": (
        "update ops.lifecycle set keep = '2 days' where relation = 'quotes'",
        "quote_candles_1m are open for 00:01:00, too near to the age at which quotes are dropped",
    ),
    "a refresh that leaves dropped trades to make": (
        "update ops.lifecycle set refresh_end = '88 days' where relation = 'candles_1m'",
        "candles_1m are open for 88 days, too near to the age at which trades are dropped",
    ),
    "longer chunks of trades": (
        "update ops.lifecycle set chunk = '45 days' where relation = 'trades'",
        "candles_1m are open for 00:01:00, too near to the age at which trades are dropped",
    ),
    "candles dropped before their parents are made": (
        "update ops.lifecycle set columnstore_after = null, keep = '14 days'"
        " where relation = 'candles_1m'",
        "too near to the age at which candles_1m are dropped",
    ),
    "columnar only after it is dropped": (
        "update ops.lifecycle set columnstore_after = '90 days' where relation = 'trades'",
        "lifecycle_keeps_what_it_compresses",
    ),
    "a refresh of an unfinished bucket": (
        "update ops.lifecycle set refresh_end = '59 min' where relation = 'candles_1h'",
        "lifecycle_candles_are_refreshed",
    ),
    "candles without a refresh": (
        "update ops.lifecycle set refresh_end = null where relation = 'candles_1d'",
        "lifecycle_candles_are_refreshed",
    ),
    "candles of an unknown level": (
        "insert into ops.lifecycle values ('candles_1w', 'trades', '1w', 99, 'candles_7d',"
        " '7 days', '1400 days', '7 days', null, null)",
        "lifecycle_child",
    ),
    "two relations of one level": (
        "insert into ops.lifecycle values ('bars_1h', 'trades', '1h', 99, 'candles_1m', '1 hour',"
        " '1400 days', '7 days', null, null)",
        "lifecycle_level",
    ),
}


@pytest.mark.parametrize("statement, complaint", REFUSED.values(), ids=REFUSED.keys())
def test_settings_that_would_lose_candles_are_refused(
    conn: psycopg.Connection[Any], statement: str, complaint: str
) -> None:
    conn.execute(KEEP)
    before = conn.execute("select * from ops.lifecycle order by relation").fetchall()
    with pytest.raises(pg.IntegrityError, match=complaint):
        conn.execute(statement)
    assert conn.execute("select * from ops.lifecycle order by relation").fetchall() == before


def test_nothing_is_dropped_as_shipped(conn: psycopg.Connection[Any], fresh_database: str) -> None:
    set_to_go = "select count(keep) from ops.lifecycle where not live"
    assert conn.execute(set_to_go).fetchone() == (0,)
    history = [trade(support.midnight(days), "5") for days in (5000, 400, 100, 2)]
    support.insert(conn, [*history, *(quote(one.ts, "4", "6") for one in history)])
    support.refresh_all(conn)
    candles = support.all_candles(conn)
    for _ in range(2):
        support.refresh(conn)
        support.retain(fresh_database)
    assert conn.execute("select count(*) from market.ticks").fetchone() == (8,)
    assert support.all_candles(conn) == candles


def test_nearest_retention_that_is_safe_is_taken(conn: psycopg.Connection[Any]) -> None:
    conn.execute(
        "update ops.lifecycle set keep = '2 days 00:02:01' where relation = 'trades'"
    )  # an open minute, one that is being made, two chunks of a day, and more


def test_changes_that_belong_together_are_judged_together(conn: psycopg.Connection[Any]) -> None:
    with conn.transaction():
        conn.execute("update ops.lifecycle set keep = '25 hours' where relation = 'trades'")
        conn.execute("update ops.lifecycle set chunk = '12 hours' where relation = 'trades'")
    kept = conn.execute("select keep = '25 hours' from ops.lifecycle where relation = 'trades'")
    assert kept.fetchone() == (True,)


JOBS = """
select
    job_id, proc_name, format('%%I.%%I', hypertable_schema, coalesce(hypertable_name, '')),
    schedule_interval::text, scheduled,
    (config - 'hypertable_id' - 'mat_hypertable_id')::text
from timescaledb_information.jobs
where proc_name = %s and (hypertable_name is null or hypertable_name = %s)
"""


def chunk_of(conn: psycopg.Connection[Any], relation: str) -> str:
    row = conn.execute(
        "select time_interval::text from timescaledb_information.dimensions"
        " where format('%%I.%%I', hypertable_schema, hypertable_name)::regclass"
        " = ops.hypertable_of(%s)",
        [relation],
    ).fetchone()
    assert row is not None
    result: str = row[0]
    return result


def test_chunks_to_come_have_the_length_that_is_set(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    conn.execute("update ops.lifecycle set chunk = '6 hours' where relation = 'trades'")
    conn.execute("update ops.lifecycle set chunk = '3 days' where relation = 'candles_1m'")
    assert chunk_of(conn, "trades") == "1 day"
    migrate.upgrade(fresh_database)
    assert (chunk_of(conn, "trades"), chunk_of(conn, "candles_1m")) == ("06:00:00", "3 days")
    assert chunk_of(conn, "candles_5m") == "35 days"
    assert chunk_of(conn, "quotes") == "1 day"


@pytest.mark.community
def test_policies_follow_the_settings_with_the_next_migrate(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    conn.execute(
        "update ops.lifecycle set columnstore_after = '20 days' where relation = 'candles_5m'"
    )
    migrate.upgrade(fresh_database)
    columnstore = jobs(conn, "policy_compression", "candles_5m")
    assert [job[5] for job in columnstore] == ['{"compress_after": "20 days"}']


def jobs(conn: psycopg.Connection[Any], procedure: str, relation: str) -> list[Any]:
    return conn.execute(JOBS, [procedure, relation]).fetchall()


@pytest.mark.community
def test_columnstore_can_be_switched_off_and_on(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    for after, policies in ((None, 0), ("3 days", 1)):
        conn.execute(
            "update ops.lifecycle set columnstore_after = %s where relation = 'trades'", [after]
        )
        migrate.upgrade(fresh_database)
        assert len(jobs(conn, "policy_compression", "trades")) == policies


@pytest.mark.community
def test_jobs_that_are_as_set_keep_their_ids_and_stay_paused(
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


def test_settings_are_those_of_a_migrated_database(database: Database, fresh_database: str) -> None:
    """A second `stockpulse migrate` on an unchanged database changes nothing."""
    before = catalog.read(fresh_database)
    migrate.upgrade(fresh_database)
    assert catalog.read(fresh_database) == before


def test_loader_reads_the_settings_and_changes_none(fresh_database: str) -> None:
    with support.as_role(fresh_database, "stockpulse_loader") as loader:
        assert loader.execute("select count(*) from ops.lifecycle").fetchone() == (20,)
        with pytest.raises(pg.InsufficientPrivilege):
            loader.execute("update ops.lifecycle set keep = null")
