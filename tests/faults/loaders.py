"""`stockpulse load` as processes to be started, killed and frozen, with their output."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from stack.broker import Broker
from stack.server.child import Child
from tests import support

ROOT = Path(__file__).parents[2]
START_SECONDS = 30.0
PARTITIONS = 4  # of a test's topic
STOP_SECONDS = 5.0  # longest time in which a loader has to stop
LAST = re.compile(r"partitions (assigned|revoked) partitions=(\d+)")
ASSIGNED = re.compile(r"partitions assigned partitions=[1-9]")

# The broker removes a dead member after two seconds. The mock takes three for every rebalance.
SHORT_SESSION = {
    "KAFKA_CONF_SESSION_TIMEOUT_MS": "2000",
    "KAFKA_CONF_HEARTBEAT_INTERVAL_MS": "300",
}
FAST_METADATA = {
    "KAFKA_CONF_TOPIC_METADATA_REFRESH_INTERVAL_MS": "500",
    "KAFKA_CONF_RECONNECT_BACKOFF_MAX_MS": "500",
}


class Loader:
    """One process of the command and its output."""

    def __init__(self, words: tuple[str, ...], log: Path, environ: Mapping[str, str]) -> None:
        self.log = log
        self._child = Child(
            [sys.executable, "-m", "cli", *words], log=log, cwd=ROOT, environ=environ
        )

    @property
    def running(self) -> bool:
        return self._child.running

    @property
    def output(self) -> str:
        """Everything that it has logged and printed."""
        return self.log.read_text(errors="replace")

    @property
    def times_assigned(self) -> int:
        return len(ASSIGNED.findall(self.output))

    @property
    def partitions(self) -> int:
        """Number of partitions that it has now."""
        last = LAST.findall(self.output)[-1:]
        return int(last[0][1]) if last and last[0][0] == "assigned" else 0

    def wait_until_assigned(self) -> None:
        self.wait_for_output(ASSIGNED.pattern, START_SECONDS)

    def wait_for_output(self, pattern: str, seconds: float = 30.0) -> None:
        """Returns once its output matches the pattern; fails if it ends without that."""

        def matches() -> bool:
            running = self.running  # read first: the last output comes before the end
            if re.search(pattern, self.output):
                return True
            assert running, f"it ended without {pattern!r}: {self.output[-2000:]}"
            return False

        support.wait_until(matches, f"{pattern!r} in {self.log}", seconds)

    def kill(self) -> None:
        self._child.kill()

    def terminate(self) -> tuple[int, float]:
        """Sends SIGTERM; returns the exit code and the seconds until then."""
        started = time.monotonic()
        self.signal(signal.SIGTERM)
        return self.wait(4 * STOP_SECONDS), time.monotonic() - started

    def wait(self, seconds: float = 60.0) -> int:
        """Waits for its end; returns the exit code."""
        try:
            return self._child.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it still runs: {self.output[-2000:]}") from None

    def signal(self, number: signal.Signals) -> None:
        self._child.process.send_signal(number)

    def pause(self) -> None:
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)


class Loaders:
    """A group of loaders of one topic into one database; kills those left at its exit."""

    def __init__(self, home: Path, database_url: str, broker: Broker, topic: str) -> None:
        self.environ = {
            **_clean(os.environ),
            **(SHORT_SESSION if broker.kind == "kafka" else {}),
            **FAST_METADATA,
            "STOCKPULSE_DATABASE_URL": database_url,
            "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "STOCKPULSE_TOPICS": topic,
            "STOCKPULSE_GROUP": support.unique("group"),
        }
        self._home = home
        self._real = broker.kind == "kafka"
        self._started: list[Loader] = []

    def start(self, *options: str, **environ: str) -> Loader:
        """Starts a loader with options, and with settings of its own."""
        return self.run("load", *options, **environ)

    def start_group(self, count: int, partitions: int = PARTITIONS) -> list[Loader]:
        """Starts loaders; returns once they share the partitions.

        On the mock it is one: with a second, its group never stops rebalancing.
        """
        group = [self.start() for _ in range(count if self._real else 1)]
        support.wait_until(
            lambda: (
                all(loader.partitions for loader in group)
                and sum(loader.partitions for loader in group) == partitions
            ),
            "partitions shared",
        )
        return group

    def run(self, *words: str, **environ: str) -> Loader:
        """Starts a command with the loaders' settings."""
        log = self._home / f"{words[0]}-{len(self._started)}.log"
        loader = Loader(words, log, self.environ | environ)
        self._started.append(loader)
        return loader

    def load_rest(self) -> Loader:
        """Loads what the topic holds now; returns the ended loader."""
        loader = self.start("--until-end")
        assert loader.wait() == 0, loader.output[-2000:]
        return loader

    def __enter__(self) -> "Loaders":
        return self

    def __exit__(self, *_error: object) -> None:
        for loader in self._started:
            loader.kill()
            print(f"{loader.log.name}: {loader.output[-2000:]}")  # pytest shows it after a failure


def _clean(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment without settings: each test sets its own."""
    unwanted = ("STOCKPULSE_", "KAFKA_", "PG")
    return {name: text for name, text in environ.items() if not name.startswith(unwanted)}
