"""A Kafka broker: from the environment, run by this machine's Java, in Docker, or a mock."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal

from db.errors import StockpulseError
from stack import cache
from stack.broker import container, installation, kafka, mock, topics
from stack.broker.mock import Mock
from stack.providers import Report, first, silent
from stack.server.running import Running, Server, start_or_discard

Kind = Literal["kafka", "mock"]


class Broker(Running):
    """A running broker: its address and kind, and its process if it is started here."""

    def __init__(
        self,
        bootstrap_servers: str,
        kind: Kind,
        description: str,
        server: Server | None = None,
        discard: Callable[[], None] | None = None,
    ) -> None:
        super().__init__("broker", server, discard)
        self.bootstrap_servers = bootstrap_servers
        self.kind: Kind = kind
        self.description = description

    def create_topics(self, names: Iterable[str], partitions: int = 4) -> None:
        """Creates the topics that are missing; returns once they can be written to.

        A mock broker of another process creates topics of 4 partitions, whatever the argument.
        """
        if isinstance(self.server, Mock):
            for name in names:
                self.server.create_topic(name, partitions)
        elif self.kind == "mock":
            topics.create_by_metadata(self.bootstrap_servers, names)
        else:
            topics.create(self.bootstrap_servers, names, partitions)

    def start(self) -> None:
        """Starts the broker again: Kafka on the same data and port, the mock empty on another."""
        super().start()
        if isinstance(self.server, Mock):
            self.bootstrap_servers = self.server.bootstrap_servers


def start(
    environ: Mapping[str, str] = os.environ, *, data: Path | None = None, report: Report = silent
) -> Broker:
    """Returns a running broker: the one in KAFKA_BOOTSTRAP_SERVERS, else the first available.

    `data` is a directory that keeps Kafka's data; without it `close()` removes the data. `report`
    gets each line of progress. Raises StockpulseError if the broker in the environment does not
    answer, or if none is available.
    """
    if servers := environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        broker = _given(servers)
    else:
        broker = first("broker", _providers(environ, data, report), report)
    report(f"broker: {broker.description}")
    return broker


def _providers(
    environ: Mapping[str, str], data: Path | None, report: Report
) -> list[tuple[str, Callable[[], Broker]]]:
    root = cache.root(environ)
    return [
        ("Apache Kafka", lambda: _run(installation.find(root, environ, report), root, data)),
        ("Docker", _run_container),
        ("librdkafka's mock", lambda: _run_mock(root)),
    ]


def _given(servers: str) -> Broker:
    cluster_id = topics.cluster_id(servers, topics.ANSWER_SECONDS)
    if cluster_id is None:
        raise StockpulseError(f"no Kafka broker answers at {servers}")
    if cluster_id.startswith(mock.CLUSTER_ID):
        return Broker(servers, "mock", f"librdkafka's mock broker at {servers} ({mock.LIMITS})")
    return Broker(servers, "kafka", f"Kafka at {servers}, from KAFKA_BOOTSTRAP_SERVERS")


def _run(found: installation.Installation, root: Path, data: Path | None) -> Broker:
    scratch = cache.Scratch(root / "run") if data is None else None
    parent = scratch.path if scratch else data
    assert parent is not None
    node = kafka.Node(found, parent / "kafka", topics.answers)
    discard = scratch.close if scratch else None
    start_or_discard(node, discard)
    description = f"Apache Kafka {found.version}, {found.origin}"
    return Broker(node.bootstrap_servers, "kafka", description, node, discard)


def _run_container() -> Broker:
    running = container.start_container(kafka.CONFIGURATION, topics.answers)
    return Broker(running.url, "kafka", f"{container.IMAGE}, Docker", running, running.remove)


def _run_mock(root: Path) -> Broker:
    scratch = cache.Scratch(root / "run")
    server = Mock(scratch.path / "mock")
    start_or_discard(server, scratch.close)
    description = f"librdkafka's mock broker, not a real Kafka: {mock.LIMITS}"
    return Broker(server.bootstrap_servers, "mock", description, server, scratch.close)
