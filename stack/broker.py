"""A Kafka broker: given, Apache Kafka on this machine's Java, in Docker, or librdkafka's mock."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal, Protocol, Self

import confluent_kafka
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from db.errors import BrokerAway, StockpulseError
from stack import cache, containers, kafka, mock, process
from stack.providers import Say, Unavailable, first, silent

Kind = Literal["kafka", "mock"]

ANSWER_SECONDS = 5.0
PROBE_SECONDS = 1.0
TOPIC_SECONDS = 30.0
MOCK_CLUSTER_ID = "mockCluster"  # how librdkafka's mock calls itself


class Server(Protocol):
    """What can be done to a broker that we started."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


class Mock:
    """The mock cluster's process; a restart has another address and knows nothing."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.bootstrap_servers = ""
        self._child: process.Child | None = None

    def start(self) -> None:
        """Starts the process; returns once it has told its address."""
        if self._child and self._child.running:
            return
        self.home.mkdir(parents=True, exist_ok=True)
        self._child = process.Child(
            [sys.executable, "-m", "stack.mock"],
            log=self.home / "mock.log",
            cwd=Path(mock.__file__).parents[1],
            pipes=True,
        )
        self.bootstrap_servers = self._read()

    def stop(self) -> None:
        """Ends the process and with it all that it held."""
        if self._child:
            self._child.stop()
            self._child = None

    kill = stop

    def create_topic(self, name: str, partitions: int) -> None:
        """Creates a topic with so many partitions; one that exists stays as it is."""
        child = self._running_child()
        assert child.process.stdin
        child.process.stdin.write(f"{name} {partitions}\n")
        child.process.stdin.flush()
        self._read()

    def _read(self) -> str:
        child = self._running_child()
        assert child.process.stdout
        line = child.process.stdout.readline()
        if not line:
            child.kill()
            raise Unavailable(f"librdkafka's mock ended: {child.last_words()}")
        return line.strip()

    def _running_child(self) -> process.Child:
        if self._child is None:
            raise StockpulseError("the mock broker is not running")
        return self._child


class Broker:
    """A running broker: where it is, what it is, and its process if that is ours."""

    def __init__(
        self,
        bootstrap_servers: str,
        kind: Kind,
        description: str,
        server: Server | None = None,
        discard: Callable[[], None] | None = None,
    ) -> None:
        self.bootstrap_servers = bootstrap_servers
        self.kind: Kind = kind
        self.description = description
        self.server = server  # None: somebody else's, not ours to stop
        self._discard = discard

    def create_topics(self, names: Iterable[str], partitions: int = 4) -> None:
        """Creates the topics that are missing; returns once they can be written to.

        A mock that another process runs makes topics of 4 partitions, whatever is asked for.
        """
        if isinstance(self.server, Mock):
            for name in names:
                self.server.create_topic(name, partitions)
        elif self.kind == "mock":
            _touch(self.bootstrap_servers, names)
        else:
            _create(self.bootstrap_servers, names, partitions)

    def start(self) -> None:
        """Starts it again: Kafka on the same data and port, the mock anew."""
        self._ours().start()
        if isinstance(self.server, Mock):
            self.bootstrap_servers = self.server.bootstrap_servers

    def stop(self) -> None:
        """Ends it cleanly."""
        self._ours().stop()

    def kill(self) -> None:
        """Ends it as a crash would."""
        self._ours().kill()

    def close(self) -> None:
        """Ends what we started and removes throw-away data."""
        if self.server:
            self.server.stop()
        if self._discard:
            self._discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _ours(self) -> Server:
        if self.server is None:
            raise StockpulseError("the broker was given: it is not ours to start or stop")
        return self.server


def start(
    environ: Mapping[str, str] = os.environ, *, data: Path | None = None, say: Say = silent
) -> Broker:
    """Returns a running broker, the first that works.

    `data` keeps Kafka's files; without it they are thrown away by close().
    """
    if servers := environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        broker = _given(servers)
    else:
        broker = first("broker", _providers(environ, data, say), say)
    say(f"broker: {broker.description}")
    return broker


def _providers(
    environ: Mapping[str, str], data: Path | None, say: Say
) -> list[tuple[str, Callable[[], Broker]]]:
    root = cache.root(environ)
    return [
        ("Apache Kafka", lambda: _run(kafka.find(root, environ, say), root, data)),
        ("Docker", _contain),
        ("librdkafka's mock", lambda: _pretend(root)),
    ]


def _given(servers: str) -> Broker:
    identity = cluster_id(servers, ANSWER_SECONDS)
    if identity is None:
        raise BrokerAway(f"no Kafka broker answers at {servers}")
    if identity.startswith(MOCK_CLUSTER_ID):
        return Broker(servers, "mock", f"librdkafka's mock, given ({mock.LIMITS})")
    return Broker(servers, "kafka", f"Kafka at {servers}, given")


def _run(installation: kafka.Installation, root: Path, data: Path | None) -> Broker:
    scratch = cache.Scratch(root / "run") if data is None else None
    parent = scratch.path if scratch else data
    assert parent is not None
    node = kafka.Node(installation, parent / "kafka", answers)
    discard = scratch.close if scratch else None
    try:
        node.start()
    except BaseException:
        if discard:
            discard()
        raise
    description = f"Apache Kafka {installation.version}, {installation.origin}"
    return Broker(node.bootstrap_servers, "kafka", description, node, discard)


def _contain() -> Broker:
    container = containers.kafka(kafka.CONFIGURATION, answers)
    description = f"{containers.KAFKA_IMAGE}, Docker"
    return Broker(container.url, "kafka", description, container, container.remove)


def _pretend(root: Path) -> Broker:
    scratch = cache.Scratch(root / "run")
    server = Mock(scratch.path / "mock")
    try:
        server.start()
    except BaseException:
        scratch.close()
        raise
    description = f"librdkafka's mock, not a real Kafka: {mock.LIMITS}"
    return Broker(server.bootstrap_servers, "mock", description, server, scratch.close)


def answers(servers: str) -> bool:
    """Returns whether a broker answers right now."""
    return cluster_id(servers, PROBE_SECONDS) is not None


def cluster_id(servers: str, seconds: float) -> str | None:
    """Returns what the cluster calls itself, None if it has no broker to offer."""
    try:
        cluster = _admin(servers).list_topics(timeout=seconds)
    except confluent_kafka.KafkaException:
        return None
    return cluster.cluster_id if cluster.brokers else None


def _admin(servers: str) -> AdminClient:
    # log_level 0: a broker that is not there yet is no news.
    return AdminClient(
        {"bootstrap.servers": servers, "log_level": 0, "reconnect.backoff.max.ms": 100}
    )


def _touch(servers: str, names: Iterable[str]) -> None:
    """Has the mock create topics by asking for their metadata."""
    producer = confluent_kafka.Producer({"bootstrap.servers": servers})
    for name in names:
        producer.list_topics(name, timeout=TOPIC_SECONDS)


def _create(servers: str, names: Iterable[str], partitions: int) -> None:
    admin = _admin(servers)  # its futures fail when it is collected
    topics = [NewTopic(name, num_partitions=partitions) for name in names]
    for name, future in admin.create_topics(topics).items():
        try:
            future.result(TOPIC_SECONDS)
        except confluent_kafka.KafkaException as error:
            if error.args[0].code() != confluent_kafka.KafkaError.TOPIC_ALREADY_EXISTS:
                raise StockpulseError(f"topic {name} cannot be created: {error}") from error
        _await_leaders(admin, name)


def _await_leaders(admin: AdminClient, name: str) -> None:
    deadline = time.monotonic() + TOPIC_SECONDS
    while True:
        topic = admin.list_topics(name, timeout=ANSWER_SECONDS).topics[name]
        if topic.partitions and all(part.leader >= 0 for part in topic.partitions.values()):
            return
        if time.monotonic() > deadline:
            raise StockpulseError(f"topic {name} has no leader")
        time.sleep(process.POLL_SECONDS)
