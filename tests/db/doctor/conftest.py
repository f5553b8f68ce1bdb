"""A database that `stockpulse doctor` finds nothing wrong with."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from stack.database import Database
from tests.db import support
from tests.db.doctor.durability import set_durability
from tests.db.support import trade
from tests.support import UNSAFE


@pytest.fixture(scope="module", autouse=True)
def _durable(database: Database) -> Iterator[None]:
    """Makes the tests' server, which runs without fsync, as durable as a server has to be."""
    with psycopg.connect(database.url, autocommit=True) as conn:
        set_durability(conn, "on")
        yield
        for name in UNSAFE:
            conn.execute(f"alter system reset {name}")  # type: ignore[arg-type]
        conn.execute("select pg_reload_conf()")


@pytest.fixture
def healthy(conn: psycopg.Connection[Any], database: Database) -> psycopg.Connection[Any]:
    """A connection to a migrated database in use: with trades, and its jobs scheduled."""
    support.insert(conn, [trade(support.midnight(1), "5")])
    if database.edition == "community":
        conn.execute("select _timescaledb_functions.stop_background_workers()")
        conn.execute(
            "select alter_job(job_id, scheduled => true, next_start => now() + interval '1 hour')"
            " from timescaledb_information.jobs"
        )
        support.run_jobs(conn, "refresh_candles")
        conn.execute(
            "update _timescaledb_internal.bgw_job_stat set last_start = now(),"
            " last_finish = now(), last_successful_finish = now(), last_run_success = true"
        )
    return conn
