"""The command as a process of its own, configured by its environment."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import support
from tests.ingest.conftest import query, read_topic, store, store_all  # noqa: F401 - fixtures

SECONDS = 60
SETTINGS = ("STOCKPULSE_", "KAFKA_", "PG")


class Ended(NamedTuple):
    """Exit code and output of a command that has ended."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The last line of standard error, which follows the log lines."""
        return self.err.splitlines()[-1] if self.err else ""


Run = Callable[..., Ended]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment without any setting, and with a cache of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    return {**kept, "STOCKPULSE_CACHE": str(tmp_path)}


@pytest.fixture
def environ(bare, fresh_database, broker, topic) -> dict[str, str]:
    """An environment with the addresses of database and broker and a topic of this test's own."""
    return {
        **bare,
        "STOCKPULSE_DATABASE_URL": fresh_database,
        "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        "STOCKPULSE_TOPICS": topic,
        "STOCKPULSE_GROUP": support.unique("group"),
    }


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts `stockpulse` with the given words; kills it if it still runs after the test."""
    running: list[subprocess.Popen[str]] = []

    def start_process(environ: dict[str, str], *words: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", *words],
            env=environ,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        running.append(process)
        return process

    try:
        yield start_process
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def run(start) -> Run:
    """Runs `stockpulse` until it ends."""

    def run_to_end(environ: dict[str, str], *words: str, given: str = "") -> Ended:
        return finished(start(environ, *words), given)

    return run_to_end


def loaded(trades: int = 0, rejected: int = 0) -> str:
    """Returns what `stockpulse load` prints at its end."""
    return (
        f"{trades} trades and 0 quotes stored; messages: 0 duplicates, 0 amended, "
        f"{rejected} rejected, 0 ignored\n"
    )


def finished(process: "subprocess.Popen[str]", given: str | None = None) -> Ended:
    """Waits until a command has ended."""
    out, err = process.communicate(given, timeout=SECONDS)
    return Ended(process.returncode, out, err)


def interrupted(process: "subprocess.Popen[str]") -> Ended:
    """Sends Ctrl-C and waits until the command has ended."""
    process.send_signal(signal.SIGINT)
    return finished(process)
