"""Failures are reported plainly, quickly, and without internal details."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg import errors as pg

from api import errors
from api.pool import Reader
from api.serve import run
from api.settings import ApiSettings
from api.warnings import Seldom
from db import migrate
from db.errors import UsageError
from stack.database import Database
from tests.api.conftest import Serve
from tests.api.store import Store, Tick, minute
from tests.support import wait_until

INTERNAL = (
    "psycopg",
    "postgres",
    "traceback",
    "select",
    "market.",
    "relation",
    "connection",
    ".py",
    "127.0.0.1",
)

FAULTY = """
    alter table market.instruments rename to gone;
    create view market.instruments as select * from market.gone where 1 / 0 = 1;
    grant select on market.instruments to stockpulse_reader
"""

REQUESTS = ("/ticks/latest?symbol=A", "/v1/bars?symbols=A")


@contextmanager
def hanging(url: str) -> Iterator[None]:
    """Stops all processes of a server that this machine runs, as a hung disk would, for a while."""
    with psycopg.connect(url) as conn:
        row = conn.execute("select pid from pg_stat_activity where backend_type = 'checkpointer'")
        child = Path(f"/proc/{row.fetchone()[0]}/stat").read_text()  # type: ignore[index]
    postmaster = int(child.rpartition(")")[2].split()[1])
    stopped = [postmaster, *_children(postmaster)]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _children(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def _reveals_nothing_internal(answer: httpx.Response) -> bool:
    text = (answer.text + str(dict(answer.headers))).lower()
    return not any(word in text for word in INTERNAL)


def test_unreachable_database_is_503_at_once_and_the_api_recovers_by_itself(
    serve: Serve, store: Store, database: Database
) -> None:
    if database.server is None:
        pytest.skip("needs a database that the tests started: this one was given")
    api = serve()
    store.ticks("A", [Tick(minute(1), "1")])
    assert [api.get(path).status_code for path in REQUESTS] == [200] * len(REQUESTS)
    database.stop()
    try:
        for path, code in zip(REQUESTS, ("UNAVAILABLE", ":problem:unavailable"), strict=True):
            began = time.monotonic()
            answer = api.get(path)
            assert time.monotonic() - began < 4
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert code in answer.text
            assert _reveals_nothing_internal(answer)
        health = api.get("/health")
        assert (health.status_code, health.json()) == (503, {"status": "error", "db": "away"})
        assert api.get("/api/v1/ping").status_code == 200
    finally:
        database.start()
    wait_until(lambda: api.get("/health").status_code == 200, "the API recovers", seconds=15)
    assert [api.get(path).status_code for path in REQUESTS] == [200] * len(REQUESTS)


def test_database_restart_between_requests_causes_no_error(
    serve: Serve, store: Store, database: Database
) -> None:
    if database.server is None:
        pytest.skip("needs a database that the tests started: this one was given")
    api = serve()
    with ThreadPoolExecutor(8) as clients:  # so that the pool holds several connections
        answers = list(clients.map(lambda _: api.get("/movers").status_code, range(40)))
        assert set(answers) == {200}
    database.stop()
    database.start()
    assert [api.get("/v1/symbols?format=csv&limit=3").status_code for _ in range(3)] == [200] * 3
    assert [api.get("/symbols").status_code for _ in range(12)] == [200] * 12


def test_api_starts_without_a_database(serve: Serve) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        api = serve(database_url=f"host=127.0.0.1 port={port} dbname=x user=x password=hunter2")
        answer = api.get("/symbols")
    assert answer.status_code == 503
    assert "hunter2" not in answer.text
    assert api.get("/docs").status_code == 200


def test_query_that_takes_too_long_is_cancelled(serve: Serve, store: Store) -> None:
    api = serve(api_timeout_ms=200)
    with psycopg.connect(store.url) as conn:
        conn.execute("lock table market.instruments in access exclusive mode")
        native, legacy = api.get("/v1/symbols"), api.get("/symbols")
    assert (native.status_code, legacy.status_code) == (504, 504)
    assert native.json()["type"] == "urn:stockpulse:problem:too-slow"
    assert legacy.json()["detail"]["error"]["code"] == "TOO_SLOW"
    assert _reveals_nothing_internal(native)
    assert api.get("/symbols").status_code == 200


def test_requests_beyond_the_pool_wait_briefly_and_then_get_503(serve: Serve, store: Store) -> None:
    api = serve(api_pool_size=1, api_timeout_ms=4_000)
    assert api.get("/symbols").status_code == 200
    with psycopg.connect(store.url) as conn, ThreadPoolExecutor(2) as clients:
        conn.execute("lock table market.instruments in access exclusive mode")
        both = [clients.submit(api.get, path) for path in ("/symbols", "/v1/symbols")]
        refused, slow = sorted((one.result() for one in both), key=lambda one: one.status_code)
    assert (refused.status_code, slow.status_code) == (503, 504)
    assert "Too many requests" in refused.text  # the database is there, so it is not "away"


def test_unexpected_error_is_500_and_reveals_nothing_internal(
    api: httpx.Client, store: Store
) -> None:
    store.execute(FAULTY)
    for path in ("/symbols", "/v1/symbols"):
        answer = api.get(path)
        assert answer.status_code == 500
        assert _reveals_nothing_internal(answer)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_unexpected_errors_are_logged_by_request_id_with_one_trace_per_second(
    api: httpx.Client,
    store: Store,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(errors, "_TRACES", Seldom("test"))  # none was logged a moment ago
    store.execute(FAULTY)
    ids = [api.get("/v1/symbols").headers["x-request-id"] for _ in range(20)]
    logged = [record for record in caplog.records if record.message == "request failed"]
    assert [record.__dict__["request_id"] for record in logged] == ids
    assert {record.__dict__["path"] for record in logged} == {"/v1/symbols"}
    assert all("DivisionByZero" in record.__dict__["error"] for record in logged)
    assert 1 <= sum(record.exc_info is not None for record in logged) < len(logged)


def test_a_database_without_the_schema_is_503_and_one_line_per_second(
    serve: Serve, empty_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    api = serve(database_url=empty_database)
    paths = (
        "/v1/bars?symbols=A",
        "/bars/latest?symbol=A",
        "/alpaca/v2/stocks/bars/latest?symbols=A",
        "/binance/api/v3/klines?symbol=A&interval=1m",
        "/udf/symbols?symbol=A",
        "/v1/trades?symbols=A&start=2026-01-01&format=csv",
    )
    answers = [api.get(path) for path in paths * 3]
    assert {answer.status_code for answer in answers} == {503}
    assert all("is not migrated to this version" in answer.text for answer in answers)
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    assert all(_reveals_nothing_internal(answer) for answer in answers)
    lines = [record for record in caplog.records if "stockpulse migrate" in record.message]
    assert 1 <= len(lines) < len(answers)
    assert not any(record.exc_info for record in caplog.records)


def test_a_migration_under_the_api_needs_no_restart(serve: Serve, empty_database: str) -> None:
    api = serve(database_url=empty_database)
    assert api.get("/v1/symbols").status_code == 503
    migrate.upgrade(empty_database)
    assert api.get("/v1/symbols").status_code == 200
    wait_until(lambda: api.get("/health/ready").status_code == 200, "the API is ready")
    migrate.downgrade(empty_database, "0010_legacy")
    assert api.get("/v1/bars?symbols=A").status_code in (404, 503)
    migrate.upgrade(empty_database)
    assert api.get("/v1/bars?symbols=A").status_code == 404


def test_a_server_that_hangs_is_503_within_the_limit(
    serve: Serve, store: Store, database: Database
) -> None:
    if database.server is None:
        pytest.skip("needs a database that the tests started: this one was given")
    api = serve(api_timeout_ms=300)
    store.ticks("A", [Tick(minute(1), "1")])
    assert [api.get(path).status_code for path in REQUESTS] == [200] * len(REQUESTS)
    with hanging(store.url), ThreadPoolExecutor(len(REQUESTS)) as clients:
        began = time.monotonic()
        answers = [clients.submit(api.get, path) for path in REQUESTS]
        assert [answer.result().status_code for answer in answers] == [503] * len(REQUESTS)
        assert time.monotonic() - began < 6  # the limit is 3.3
        wait_until(lambda: api.get("/health").status_code == 503, "it shows", seconds=8)
    wait_until(lambda: api.get("/health").status_code == 200, "the API recovers", seconds=15)
    assert [api.get(path).status_code for path in REQUESTS] == [200] * len(REQUESTS)


@pytest.mark.parametrize("path", ["/nope", "/v1/nope", "/ticks", "/v1/bars/latest/x"])
def test_unknown_path_is_a_problem(api: httpx.Client, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Not Found"
    assert answer.json()["detail"] == "there is no such path; /docs lists all"


@pytest.mark.parametrize("path", ["/symbols", "/v1/bars", "/health"])
def test_other_methods_than_get_are_refused(api: httpx.Client, path: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = api.request(method, path, json={})
        assert answer.status_code == 405
        assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    "statement, error",
    [
        ("insert into market.instruments (symbol) values ('X')", pg.ReadOnlySqlTransaction),
        ("select from ops.rejects", pg.InsufficientPrivilege),
        ("select pg_sleep(10)", pg.QueryCanceled),
        ("create temporary table t ()", pg.ReadOnlySqlTransaction),
    ],
)
def test_connections_of_the_api_are_read_only_and_have_a_timeout(
    fresh_database: str, statement: str, error: type[Exception]
) -> None:
    async def attempt() -> None:
        reader = Reader(ApiSettings(database_url=fresh_database, api_timeout_ms=300))
        async with reader.pool, reader.pool.connection() as conn:
            await conn.execute(statement)  # type: ignore[arg-type]

    with pytest.raises(error):
        asyncio.run(attempt())


def test_role_of_the_api_cannot_write_in_a_writable_transaction(fresh_database: str) -> None:
    async def attempt() -> None:
        reader = Reader(ApiSettings(database_url=fresh_database))
        async with reader.pool, reader.pool.connection() as conn:
            await conn.execute("set default_transaction_read_only = off")
            await conn.execute("delete from market.trades")

    with pytest.raises(pg.InsufficientPrivilege):
        asyncio.run(attempt())


def test_port_in_use_is_reported_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            UsageError, match=rf"cannot listen on 127\.0\.0\.1 port {port}: "
        ) as error:
            run(ApiSettings(api_port=port))
    assert "\n" not in str(error.value)
