"""Machines for the runbooks, and the loaders and the ledger of the fault tests."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from stack import cache
from stack.database import Database, installation
from stack.database.cluster import Cluster
from stack.database.installation import Installation
from tests import support
from tests.faults.conftest import ledger, loaders, loaders_of
from tests.faults.loaders import Loaders
from tests.operations.machines import Machine

__all__ = ["ledger", "loaders", "loaders_of"]

OLD = "STOCKPULSE_TEST_OLD_PG_BINDIR"

MakeMachine = Callable[..., Machine]


@pytest.fixture
def build(database: Database) -> Installation:
    """This run's PostgreSQL with TimescaleDB."""
    if not isinstance(database.server, Cluster):
        pytest.skip("needs a database that the tests start: this one was given")
    return database.server.installation


@pytest.fixture
def scratch(build: Installation) -> Iterator[Path]:
    """A directory that PostgreSQL's user may enter."""
    made = cache.Scratch(support.memory() or cache.root() / "run")
    yield made.path
    made.close()


@pytest.fixture
def shell(build: Installation, scratch: Path) -> dict[str, str]:
    """The variables of a shell on a machine without a server."""
    machine = Machine(build, scratch / "shell")
    return machine.environ


@pytest.fixture
def machine_of(build: Installation, scratch: Path) -> Iterator[MakeMachine]:
    """Makes machines with this run's PostgreSQL, or another one; their servers are stopped."""
    with ExitStack() as made:

        def make(name: str, found: Installation = build) -> Machine:
            machine = Machine(found, scratch / name)
            made.callback(machine.stop)
            return machine

        yield make


@pytest.fixture(scope="session")
def old_build() -> Installation:
    """Another PostgreSQL with TimescaleDB, from which to upgrade to that of this run."""
    if not (given := os.environ.get(OLD)):
        pytest.skip(f"needs a second build of PostgreSQL with TimescaleDB: set {OLD}")
    return installation.inspect(Path(given))


def loading(loaders: Loaders, url: str) -> dict[str, str]:
    """Returns the settings of a shell that loads the same topic into another database."""
    same = ("KAFKA_BOOTSTRAP_SERVERS", "STOCKPULSE_TOPICS")
    return {
        **{name: loaders.environ[name] for name in same},
        "STOCKPULSE_GROUP": support.unique("group"),
        "STOCKPULSE_DATABASE_URL": url,
    }
