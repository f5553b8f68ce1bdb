"""librdkafka's mock broker as a child process, for machines without Java and Docker."""

import sys
from pathlib import Path

from db.errors import StockpulseError
from stack.providers import Unavailable
from stack.server.child import Child, log_tail

ROOT = Path(__file__).parents[2]  # holds the package stack
CLUSTER_ID = "mockCluster"  # librdkafka's name for its mock
LIMITS = (
    "in memory, keeps the newest 5 MiB per partition, no transactions, no offsets by time, "
    "empty after a restart"
)


class Mock:
    """The mock broker's process; after a restart it has another address and no messages."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.bootstrap_servers = ""
        self._child: Child | None = None

    def start(self) -> None:
        """Starts the process; returns once it has printed its address."""
        if self._child and self._child.running:
            return
        self.home.mkdir(parents=True, exist_ok=True)
        self._child = Child(
            [sys.executable, "-m", "stack.broker.mock_cluster"],
            log=self.home / "mock.log",
            cwd=ROOT,
            pipes=True,
        )
        self.bootstrap_servers = self._read_line()

    def stop(self) -> None:
        """Ends the process; all messages are lost."""
        if self._child:
            self._child.stop()
            self._child = None

    kill = stop

    def create_topic(self, name: str, partitions: int) -> None:
        """Creates a topic; an existing one is not changed."""
        child = self._running_child()
        assert child.process.stdin
        child.process.stdin.write(f"{name} {partitions}\n")
        child.process.stdin.flush()
        self._read_line()

    def _read_line(self) -> str:
        child = self._running_child()
        assert child.process.stdout
        line = child.process.stdout.readline()
        if not line:
            child.kill()
            raise Unavailable(f"librdkafka's mock broker exited: {log_tail(child.log)}")
        return line.strip()

    def _running_child(self) -> Child:
        if self._child is None:
            raise StockpulseError("the mock broker is not running")
        return self._child
