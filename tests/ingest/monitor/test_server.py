"""/metrics and /health, and the command that asks for the latter."""

import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import click.testing
import pytest
from prometheus_client import CollectorRegistry, Gauge

from cli.health import Unhealthy, ask
from cli.load import load
from cli.settings import Settings
from db.errors import UsageError
from ingest.loader.settings import LoaderSettings
from ingest.monitor import server
from stack.server.ports import free_ports


@contextmanager
def serving(fault: str | None, host: str = "127.0.0.1") -> Iterator[int]:
    """Serves one gauge, and a state; gives the port."""
    registry = CollectorRegistry()
    Gauge("answer", "The answer.", registry=registry).set(42)
    (port,) = free_ports(1)
    with server.served(host, port, registry, lambda: fault):
        yield port


def test_metrics_are_served_beside_the_health() -> None:
    with serving("it waits") as port:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            assert "answer 42.0" in answer.read().decode()
        with pytest.raises(urllib.request.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health?now")
    with refused.value as error:
        assert (error.status, error.read()) == (503, b"it waits\n")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_process_that_is_well_is_healthy(host: str) -> None:
    with serving(None, host) as port:
        ask(host, port, "PORT")


def test_the_reason_is_one_line() -> None:
    with (
        serving("waiting for the broker for 31 s: no broker answers") as port,
        pytest.raises(Unhealthy) as refused,
    ):
        ask("127.0.0.1", port, "PORT")
    assert str(refused.value) == "waiting for the broker for 31 s: no broker answers"


def test_a_process_that_does_not_run_is_not_healthy() -> None:
    (port,) = free_ports(1)
    with pytest.raises(Unhealthy, match=f"nothing answers at 127.0.0.1:{port}: .*refused"):
        ask("127.0.0.1", port, "PORT")


def test_a_process_that_hangs_is_not_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.health.ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        started = time.monotonic()
        with pytest.raises(Unhealthy, match="timed out"):
            ask("127.0.0.1", hanging.getsockname()[1], "PORT")
    assert time.monotonic() - started < 3


def test_without_a_port_there_is_nothing_to_ask() -> None:
    with pytest.raises(UsageError, match="set STOCKPULSE_METRICS_PORT, for it and for this check"):
        ask("127.0.0.1", 0, "STOCKPULSE_METRICS_PORT")


def test_the_loader_is_asked_on_the_port_of_its_settings() -> None:
    with serving("waiting for a lock") as port:
        given = Settings(loader=LoaderSettings(metrics_port=port), api=None)  # type: ignore[arg-type]
        run = click.testing.CliRunner().invoke(load, ["--health"], obj=given)
    assert isinstance(run.exception, Unhealthy)
    assert str(run.exception) == "waiting for a lock"
