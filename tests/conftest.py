"""One database server, one migrated template and one broker from stack/; one clone per test.

Each worker of pytest-xdist has its own.
"""

import gc
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from stack import broker as brokers
from stack import database as databases
from stack.broker import Broker
from stack.database import Database
from tests import support

RAN_ON = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    # A shell starts background processes with SIGINT ignored, and tests of Ctrl-C would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Brokers live for seconds: what the optimising compiler costs them is a third of their start.
    os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
    config.stash[RAN_ON] = {}


def pytest_collection_finish() -> None:
    """Spares the garbage collector the objects of 8,000 tests, which it would look at each time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips what is too long for `make test` before any server of such a test is started."""
    for marker, variable, command in (
        ("operations", "OPERATIONS", "make operations"),
        ("long", "FULL_FAULTS", "make faults"),
        ("scale", "SCALE", "make scale"),
    ):
        skipped = pytest.mark.skip(reason=f"runs in `{command}`")
        for item in items:
            if os.environ.get(variable) != "1" and item.get_closest_marker(marker):
                item.add_marker(skipped)


@pytest.fixture(scope="session")
def database(pytestconfig: pytest.Config) -> Iterator[Database]:
    """The server with TimescaleDB; its default database stays empty."""
    settings = support.UNSAFE | support.SMALL
    with databases.start(settings=settings, scratch=support.memory()) as started:
        pytestconfig.stash[RAN_ON]["database"] = (
            f"TimescaleDB {started.timescaledb} {started.edition}, PostgreSQL {started.postgres}"
        )
        yield started


@pytest.fixture(scope="session")
def template(database: Database) -> Iterator[str]:
    """The name of a database that is migrated once."""
    with support.migrated_template(database) as name:
        yield name


@pytest.fixture(scope="session")
def maintenance(database: Database) -> Iterator[support.Maintenance]:
    """The connection that creates and drops the databases of tests."""
    with closing(support.Maintenance(database.url)) as maintenance:
        yield maintenance


@pytest.fixture
def clone(template: str, maintenance: support.Maintenance) -> Iterator[Callable[[], str]]:
    """A function that creates a migrated database per call and returns its URL."""
    with ExitStack() as made:
        yield lambda: made.enter_context(support.copy_of(template, maintenance))


@pytest.fixture
def fresh_database(clone: Callable[[], str]) -> str:
    """The URL of a migrated database of this test's own."""
    return clone()


@pytest.fixture
def empty_database(database: Database) -> Iterator[str]:
    """The URL of a database of this test's own that is not migrated."""
    with support.database_like(database.url, "template0") as url:
        yield url


@pytest.fixture(scope="session")
def broker(pytestconfig: pytest.Config) -> Iterator[Broker]:
    """The broker, real or librdkafka's mock."""
    with brokers.start() as started:
        pytestconfig.stash[RAN_ON]["broker"] = started.description.split(",")[0]
        yield started


@pytest.fixture(scope="session")
def kafka(broker: Broker) -> Broker:
    """The broker if it is a real Kafka."""
    if broker.kind != "kafka":
        pytest.skip("needs a real Kafka: Java 17 and mvn or KAFKA_HOME, or KAFKA_BOOTSTRAP_SERVERS")
    return broker


@pytest.fixture
def topic(broker: Broker) -> str:
    """The name of an empty topic of this test's own, with four partitions."""
    name = support.unique("topic")
    broker.create_topics([name], partitions=4)
    return name


@pytest.fixture(autouse=True)
def _markers(request: pytest.FixtureRequest) -> None:
    """Skips a test that needs an edition or a broker which this run does not have."""
    for edition in ("community", "apache"):
        if request.node.get_closest_marker(edition):
            found = request.getfixturevalue("database").edition
            if found != edition:
                pytest.skip(f"needs TimescaleDB {edition}, this run has {found}")
    if request.node.get_closest_marker("kafka"):
        request.getfixturevalue("kafka")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["ran on"] = session.config.stash[RAN_ON]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes the servers' descriptions from a worker."""
    node.config.stash[RAN_ON].update(node.workeroutput["ran on"])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Prints as the last line which servers the run used; a worker has no terminal."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    ran_on = config.stash[RAN_ON]
    parts = [ran_on[part] for part in ("database", "broker") if part in ran_on]
    if reporter and parts:
        reporter.write_line(f"ran on: {', '.join(parts)}")
