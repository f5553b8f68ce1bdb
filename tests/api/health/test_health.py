"""Liveness, readiness, and the state of the service as the legacy service gives it."""

from importlib.metadata import version

import httpx
import psycopg

from db import revision
from tests.api.conftest import Serve
from tests.api.store import Store, minutes
from tests.support import wait_until


def test_all_is_well_over_a_migrated_database(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(2))
    assert api.get("/health").json() == {"status": "ok", "db": "ok"}
    assert api.get("/health/live").json() == {"status": "ok"}
    assert api.get("/health/ready").json() == {
        "status": "ready",
        "checks": {"database": "ok", "schema": "ok"},
    }
    assert api.get("/version").json() == {
        "version": version("stockpulse"),
        "service": "stockpulse-api",
    }


def test_ready_counts_what_is_stored(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(3))
    assert api.get("/ready").json() == {
        "status": "ready",
        "checks": {"db": "ok", "stock_ticks": 3, "stock_bars_1m": 3},
    }


def test_a_database_that_is_not_migrated_is_not_ready(serve: Serve, empty_database: str) -> None:
    api = serve(database_url=empty_database)
    ready = api.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json() == {
        "status": "not ready",
        "checks": {"database": "ok", "schema": "not migrated"},
    }
    assert int(ready.headers["retry-after"]) > 0
    assert api.get("/ready").json() == {
        "status": "not ready",
        "checks": {"db": "not migrated"},
    }
    assert api.get("/health").json() == {"status": "ok", "db": "ok"}


def test_a_database_of_an_older_version_is_not_ready(api: httpx.Client, store: Store) -> None:
    store.execute("update stockpulse_version set version_num = '0001_roles'")
    assert api.get("/health/ready").json()["checks"]["schema"] == "not migrated"


def test_without_a_database_the_process_lives_but_is_not_ready(serve: Serve) -> None:
    api = serve(database_url="host=127.0.0.1 port=1 dbname=x user=x")
    assert api.get("/health/live").status_code == 200
    assert api.get("/version").status_code == 200
    assert api.get("/health").json() == {"status": "error", "db": "away"}
    ready = api.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["checks"] == {"database": "away", "schema": "unknown"}


def test_answers_are_shared_for_a_second(api: httpx.Client, store: Store) -> None:
    for _ in range(50):
        api.get("/health")
    # Two of the pool, which grows while its first one opens, and that of the check.
    with psycopg.connect(store.url, autocommit=True) as conn:
        wait_until(lambda: connections(conn) <= 3, "three connections")


def connections(conn: psycopg.Connection) -> int:
    row = conn.execute(
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and application_name = 'stockpulse-api'"
    ).fetchone()
    assert row
    return int(row[0])


def test_the_newest_revision_is_the_one_that_migrations_lead_to(fresh_database: str) -> None:
    with psycopg.connect(fresh_database) as conn:
        assert conn.execute("select version_num from stockpulse_version").fetchone() == (
            revision.newest(),
        )
