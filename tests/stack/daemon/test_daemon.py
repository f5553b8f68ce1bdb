"""The background stack: up, down, env."""

import os
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import confluent_kafka
import psycopg
import pytest

from db.errors import StockpulseError
from stack import daemon
from tests import support


@pytest.fixture
def environ(own_environ: dict[str, str], directory: Path) -> Iterator[dict[str, str]]:
    """An environment whose stack is stopped after the test."""
    environ = {**own_environ, "DOCKER_HOST": f"unix://{directory}/docker.sock"}
    try:
        yield environ
    finally:
        daemon.down(environ)


def test_up_returns_a_ready_stack_and_a_second_up_has_no_effect(environ: dict[str, str]) -> None:
    lines: list[str] = []
    state = daemon.up(environ, lines.append)
    assert f"database: {state.database}" in lines
    assert f"broker: {state.broker}" in lines
    psycopg.connect(state.database_url).close()
    confluent_kafka.Producer({"bootstrap.servers": state.bootstrap_servers}).list_topics(timeout=10)
    assert daemon.up(environ) == state


def test_down_keeps_the_data(environ: dict[str, str]) -> None:
    with psycopg.connect(daemon.up(environ).database_url) as conn:
        conn.execute("create table numbers as select 7 as n")
    daemon.down(environ)
    assert daemon.running(environ) is None
    with psycopg.connect(daemon.up(environ).database_url) as conn:
        assert conn.execute("select n from numbers").fetchone() == (7,)


def test_env_exports_the_addresses_of_the_running_stack(environ: dict[str, str]) -> None:
    state = daemon.up(environ)
    exports = [shlex.split(line) for line in daemon.env(environ).splitlines()]
    assert exports == [
        ["export", f"STOCKPULSE_DATABASE_URL={state.database_url}"],
        ["export", f"KAFKA_BOOTSTRAP_SERVERS={state.bootstrap_servers}"],
    ]


def test_up_ignores_exported_addresses_of_a_stopped_stack(environ: dict[str, str]) -> None:
    stale = {**environ, "STOCKPULSE_DATABASE_URL": "postgresql://127.0.0.1:1/gone"}
    psycopg.connect(daemon.up(stale).database_url).close()


def test_without_a_stack_down_reports_it_and_env_is_an_error(environ: dict[str, str]) -> None:
    lines: list[str] = []
    daemon.down(environ, lines.append)
    assert lines == ["the stack is not running"]
    with pytest.raises(StockpulseError, match="stockpulse stack up"):
        daemon.env(environ)


def test_a_recorded_pid_without_the_lock_is_never_signalled(environ: dict[str, str]) -> None:
    pid_file = daemon.directory(environ) / "supervisor.pid"
    pid_file.write_text(f"{os.getpid()}\n")
    daemon.down(environ)  # would end this very process
    assert daemon.supervisor_pid(environ) is None


def test_a_dead_database_is_restarted(environ: dict[str, str], directory: Path) -> None:
    url = daemon.up(environ).database_url
    pid_file = next(directory.glob("stack/postgres-*/data/postmaster.pid"))
    os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGKILL)
    support.wait_until(lambda: not answers(url), "the database does not answer")
    support.wait_until(lambda: answers(url), "the database answers again")


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def test_a_failed_start_reports_the_reason(environ: dict[str, str]) -> None:
    broken = {**environ, "STOCKPULSE_PG_BINDIR": "/nonexistent"}
    with pytest.raises(StockpulseError, match=r"the stack did not start: .*STOCKPULSE_PG_BINDIR"):
        daemon.up(broken)
