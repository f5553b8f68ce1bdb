"""Fixtures of the fault tests: their length, loaders, and servers that may be killed."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from db import migrate
from stack import broker as brokers
from stack import database as databases
from stack.broker import Broker
from stack.database import Database
from tests import support
from tests.faults.ledger import Ledger
from tests.faults.loaders import Loaders

FULL = os.environ.get("FULL_FAULTS") == "1"  # set by `make faults`

MakeLoaders = Callable[[str, Broker, str], Loaders]


@pytest.fixture
def full(broker: Broker) -> bool:
    """Whether the faults run at full length and not in a short version."""
    if FULL and broker.kind == "mock":
        pytest.skip("needs a real Kafka at full length: the mock keeps 5 MiB per partition")
    return FULL


@pytest.fixture
def loaders_of(tmp_path: Path) -> Iterator[MakeLoaders]:
    """Makes groups of loaders, which are ended after the test."""
    with ExitStack() as made:

        def make(database_url: str, broker: Broker, topic: str) -> Loaders:
            home = tmp_path / topic
            home.mkdir(exist_ok=True)
            return made.enter_context(Loaders(home, database_url, broker, topic))

        yield make


@pytest.fixture
def ledger(broker: Broker, topic: str) -> Ledger:
    """The ledger of the messages sent to the test's topic."""
    return Ledger(broker.bootstrap_servers, topic)


@pytest.fixture
def loaders(loaders_of: MakeLoaders, fresh_database: str, broker: Broker, topic: str) -> Loaders:
    """Loaders of the test's topic into the test's database."""
    return loaders_of(fresh_database, broker, topic)


@pytest.fixture
def own_database() -> Iterator[Database]:
    """A migrated database on a server of this test's own."""
    with databases.start(without_given_servers(os.environ)) as started:
        migrate.upgrade(started.url)
        yield started


@pytest.fixture(scope="session")
def other_kafka() -> Iterator[Broker]:
    """A real Kafka for the tests that stop, kill or freeze it, one after the other."""
    with brokers.start(without_given_servers(os.environ)) as started:
        yield started


@pytest.fixture
def own_kafka(other_kafka: Broker) -> Broker:
    """A real Kafka that no other test uses now; it runs."""
    if other_kafka.kind != "kafka":
        pytest.skip("needs a real Kafka of its own: Java 17 and mvn or KAFKA_HOME")
    other_kafka.start()
    return other_kafka


@pytest.fixture
def own_topic(own_kafka: Broker) -> str:
    """The name of an empty topic on `own_kafka`."""
    name = support.unique("topic")
    own_kafka.create_topics([name], partitions=4)
    return name


def without_given_servers(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment without servers that were given, which a test must not kill."""
    given = ("STOCKPULSE_DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS")
    return {name: text for name, text in environ.items() if name not in given}
