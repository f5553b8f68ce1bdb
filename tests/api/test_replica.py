"""The API over a real standby: what it answers, how far behind it is, and several hosts."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from click.testing import CliRunner
from psycopg.conninfo import make_conninfo
from psycopg.errors import SerializationFailure

from api.pool import Reader
from api.replay_lag import ReplayLag
from api.settings import ApiSettings
from cli.main import cli
from db import connect, migrate
from db.connect import DatabaseAway, IsStandby
from stack import database as databases
from stack.broker import Broker
from stack.database import Database
from tests import support
from tests.api.conftest import UNCACHED, Serve
from tests.api.keys import KEY, bearer, make_key
from tests.api.serving import served
from tests.api.store import Store, minutes
from tests.db.support import as_role
from tests.standby import Standby, standby_of
from tests.support import wait_until

LOCK = "do 'begin lock table market.instruments in access exclusive mode; end'"
LAG = "stockpulse-replay-lag"
GIVEN = "STOCKPULSE_DATABASE_URL"
ROUTES = (
    "/v1/bars?symbols=A&start=2026-02-27&end=2026-02-28&timeframe=5m",
    "/v1/bars?symbols=A&timeframe=1d",
    "/v1/bars/latest?symbols=A",
    "/v1/symbols",
    "/v1/timeframes",
    "/v1/coverage?symbols=A&start=2026-02-27&end=2026-02-28&timeframe=5m",
    "/symbols",
    "/ticks/latest?symbol=A",
    "/bars/latest?symbol=A",
    "/movers",
    "/health",
)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts one API per call, with the given settings; this module has databases of its own."""
    with ExitStack() as started:
        yield lambda **changes: started.enter_context(served(ApiSettings(**(UNCACHED | changes))))


@pytest.fixture(scope="module")
def primary() -> Iterator[Database]:
    """A migrated server of this module's own with thirty trades of A."""
    environ = {name: text for name, text in os.environ.items() if name != GIVEN}
    settings = support.UNSAFE | support.SMALL
    with databases.start(environ, settings=settings, scratch=support.memory()) as started:
        migrate.upgrade(started.url)
        Store(started.url).ticks("A", minutes(30))
        yield started


@pytest.fixture(scope="module")
def standby(primary: Database) -> Iterator[Standby]:
    """A standby of `primary`."""
    with standby_of(primary) as started:
        yield started


@pytest.fixture
def level(primary: Database, standby: Standby) -> str:
    """The URL of the standby, which has replayed all of its primary."""
    wait_until(lambda: is_level(primary, standby), "the standby is level")
    return standby.url


def value(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as conn:
        row = conn.execute(statement).fetchone()  # type: ignore[arg-type]
        return row[0] if row else None


def is_level(primary: Database, standby: Standby) -> bool:
    written = value(primary.url, "select pg_current_wal_lsn()")
    return value(standby.url, "select pg_last_wal_replay_lsn()") == written


def lag_of(api: httpx.Client) -> float | None:
    text = api.get("/v1/symbols").headers.get(LAG)
    return None if text is None else float(text)


def both(*urls: str, **options: str) -> str:
    """Returns a connection string with several hosts, in their order."""
    parts = [urlsplit(url) for url in urls]
    hosts = ",".join(f"{part.hostname}:{part.port}" for part in parts)
    first = parts[0]
    words = "&".join(f"{name}={text}" for name, text in options.items())
    return f"postgresql://{first.username}:{first.password}@{hosts}{first.path}?{words}"


def test_standby_answers_as_its_primary(serve: Serve, primary: Database, level: str) -> None:
    first, second = serve(database_url=primary.url), serve(api_database_url=level)
    for path in ROUTES:
        theirs, ours = first.get(path), second.get(path)
        assert (theirs.status_code, ours.status_code) == (200, 200), path
        assert ours.content == theirs.content
        assert LAG not in theirs.headers
        assert ours.headers[LAG] == "0.0"


@pytest.mark.parametrize(
    "words",
    [
        ["migrate"],
        ["load"],
        ["refresh"],
        ["verify"],
        ["rejects", "replay"],
        ["rejects", "purge", "--older-than", "1d"],
        ["lifecycle", "set", "quotes", "--keep", "30d"],
        ["keys", "create", "ada"],
    ],
    ids=" ".join,
)
def test_a_command_that_writes_says_of_a_standby_that_it_is_one(
    level: str, broker: Broker, words: list[str]
) -> None:
    environ = {
        "STOCKPULSE_DATABASE_URL": level,
        "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        "STOCKPULSE_TOPICS": support.unique("standby"),
    }
    done = CliRunner(env=environ).invoke(cli, words)
    assert isinstance(done.exception, IsStandby)
    assert str(done.exception).startswith(
        "the server is a standby, to which nothing can be written: set STOCKPULSE_DATABASE_URL"
    )


def test_a_standby_whose_sessions_begin_serializable_answers(serve: Serve, level: str) -> None:
    url = make_conninfo(level, options="-c default_transaction_isolation=serializable")
    assert serve(api_database_url=url).get(ROUTES[0]).status_code == 200
    connect.connect(url, application_name="test").close()


def test_status_says_that_the_server_is_a_standby(level: str) -> None:
    environ = {"STOCKPULSE_DATABASE_URL": level, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    done = CliRunner(env=environ).invoke(cli, ["status"])
    assert done.exit_code == 0, done.exception
    assert "standby   the server is one" in done.output


@pytest.mark.parametrize("words", [["list"], ["list", "--json"], ["show", "1"]], ids=" ".join)
def test_rejects_say_that_the_server_is_a_standby(
    primary: Database, level: str, words: list[str]
) -> None:
    standby = CliRunner(env={"STOCKPULSE_DATABASE_URL": level}).invoke(cli, ["rejects", *words])
    assert standby.stderr.startswith("standby   the server is one: nothing can be written to it\n")
    first = CliRunner(env={"STOCKPULSE_DATABASE_URL": primary.url}).invoke(cli, ["rejects", *words])
    assert "standby" not in first.stderr
    assert standby.stdout == first.stdout


def test_idle_primary_is_not_a_lagging_standby(serve: Serve, primary: Database, level: str) -> None:
    """Its last commit is some time ago, and the standby has replayed it."""
    api = serve(api_database_url=level, api_max_lag_seconds=1)
    support.execute(primary.url, "comment on schema public is 'the last commit'")
    commit = "select coalesce(extract(epoch from now() - pg_last_xact_replay_timestamp()), 0)"
    wait_until(lambda: float(str(value(level, commit))) > 1.5, "the primary is idle")
    assert lag_of(api) == 0
    ready = api.get("/health/ready")
    assert (ready.status_code, ready.json()["checks"]["replay"]) == (200, "ok")


def test_paused_replay_is_lag_once_there_is_something_to_replay(
    serve: Serve, primary: Database, level: str
) -> None:
    api = serve(api_database_url=level, api_max_lag_seconds=1)
    wait_until(lambda: is_paused_at_the_end(api, level), "replay is paused with nothing left")
    try:
        support.execute(primary.url, "create table public.later ()")
        wait_until(lambda: (lag_of(api) or 0) > 1, "the lag is told")
        ready = api.get("/health/ready")
        assert ready.status_code == 503
        assert "s behind the primary" in ready.json()["checks"]["replay"]
        assert api.get("/health/live").status_code == 200
    finally:
        with suppress(SerializationFailure):  # what it resumes may need what the statement sees
            value(level, "select pg_wal_replay_resume()")
        support.execute(primary.url, "drop table if exists public.later")
    wait_until(lambda: lag_of(api) == 0, "the standby is level again")
    assert api.get("/health/ready").status_code == 200


def is_paused_at_the_end(api: httpx.Client, level: str) -> bool:
    """Pauses the replay; resumes it if something has come that it had not replayed yet."""
    value(level, "select pg_wal_replay_pause()")
    if lag_of(api) == 0:
        return True
    value(level, "select pg_wal_replay_resume()")
    return False


def test_standby_that_receives_nothing_is_as_old_as_its_last_commit(
    serve: Serve, primary: Database, level: str
) -> None:
    api = serve(api_database_url=level, api_max_lag_seconds=1)
    assert lag_of(api) == 0
    primary.stop()
    try:
        wait_until(lambda: (lag_of(api) or 0) > 1, "the lag is told")
        assert api.get("/health/ready").status_code == 503
        assert api.get("/v1/symbols").status_code == 200
    finally:
        primary.start()
    wait_until(lambda: lag_of(api) == 0, "the standby is level again")


def test_standby_that_starts_without_its_primary_is_as_old_as_its_data(
    serve: Serve, primary: Database, standby: Standby, level: str
) -> None:
    primary.stop()
    try:
        standby.stop()
        standby.start()
        lag = lag_of(serve(api_database_url=standby.url))
        assert lag is not None
        assert lag > 0
    finally:
        primary.start()


def test_reader_role_sees_the_lag(level: str, primary: Database) -> None:
    async def read(url: str) -> float | None:
        reader = Reader(ApiSettings(database_url=url))
        lag = ReplayLag(reader.fetch_row, 30)
        async with reader.pool:
            await lag.check()
            return lag.seconds()

    with as_role(level, "stockpulse_reader") as conn:
        row = conn.execute("select pg_last_wal_replay_lsn() is not null").fetchone()
        assert row == (True,)
    assert asyncio.run(read(level)) == 0
    assert asyncio.run(read(primary.url)) is None


def test_query_that_the_replay_cancels_is_a_database_away(primary: Database, level: str) -> None:
    """The replay takes a lock that conflicts with the query's."""

    async def conflict() -> None:
        reader = Reader(ApiSettings(database_url=level))
        async with reader.pool:
            query = asyncio.create_task(
                reader.fetch_row("select pg_sleep(4) from market.instruments")
            )
            running = "select count(*) from pg_stat_activity where query like 'select pg_sleep(4)%'"
            await asyncio.to_thread(
                wait_until, lambda: value(level, running) == 1, "the query runs"
            )
            await asyncio.to_thread(support.execute, primary.url, LOCK)
            await query

    with pytest.raises(DatabaseAway, match="conflict with recovery"):
        asyncio.run(conflict())


def test_keys_of_the_primary_open_the_standby(serve: Serve, primary: Database, level: str) -> None:
    make_key(primary.url)
    api = serve(api_database_url=level, api_keys="required")
    wait_until(
        lambda: api.get("/v1/symbols", headers=bearer(KEY)).status_code == 200,
        "the key has arrived",
    )


def test_another_host_answers_while_one_is_stopped(
    serve: Serve, primary: Database, standby: Standby, level: str
) -> None:
    api = serve(api_database_url=both(level, primary.url))
    assert lag_of(api) == 0
    standby.stop()
    try:
        statuses = [api.get("/v1/symbols").status_code for _ in range(20)]
        assert statuses == [200] * 20
        wait_until(lambda: lag_of(api) is None, "the primary answers", seconds=15)
    finally:
        standby.start()


def test_session_attributes_choose_the_host(
    serve: Serve, primary: Database, standby: Standby, level: str
) -> None:
    hosts = (primary.url, level)
    for attributes, lag in (("standby", 0), ("prefer-standby", 0), ("primary", None)):
        api = serve(api_database_url=both(*hosts, target_session_attrs=attributes))
        # The primary may write something of its own in between.
        wait_until(lambda api=api, lag=lag: lag_of(api) == lag, f"{attributes}: a lag of {lag}")
    standby.stop()
    try:
        preferred = serve(api_database_url=both(*hosts, target_session_attrs="prefer-standby"))
        assert preferred.get("/v1/symbols").status_code == 200
        strict = serve(api_database_url=both(*hosts, target_session_attrs="standby"))
        assert strict.get("/v1/symbols").status_code == 503
    finally:
        standby.start()
