"""docs/runbooks/upgrade.md, by its own commands, with a loader at work.

From the build in STOCKPULSE_TEST_OLD_PG_BINDIR to that of this run the upgrades are real ones;
without it the same commands bring a server to its own version.
"""

import os
from pathlib import Path

import psycopg
import pytest

from cli.progress import show_progress
from db import migrate
from db.candles.verify import verify
from stack.broker import Broker
from stack.database import installation
from stack.database.installation import Installation
from tests.db.support import refresh_all
from tests.faults.conftest import MakeLoaders
from tests.faults.ledger import Flow, Ledger, wait_for_more
from tests.faults.loaders import Loaders
from tests.operations.conftest import OLD, MakeMachine, loading
from tests.operations.machines import INITDB, Machine
from tests.operations.runbook import Runbook

PAGE = Runbook("upgrade.md")
BEFORE = "0010_legacy"
NEWER = (
    "select to_regtype('market.candle') is not null and to_regproc('market.bar_page') is not null"
)


def former(build: Installation) -> Installation:
    """Returns the build to upgrade from; this run's own if none is given."""
    given = os.environ.get(OLD)
    return installation.inspect(Path(given)) if given else build


def install(build: Installation, machine: Machine) -> None:
    """Installs a build in the place of the machine's: pg_ctl restarts the program that it names."""
    started = machine.data / "postmaster.opts"
    command = started.read_text()
    started.write_text(command.replace(str(machine.installation.bindir), str(build.bindir)))
    machine.installation = build


def test_a_loader_goes_on_while_the_schema_is_migrated(
    shell: dict[str, str], fresh_database: str, loaders: Loaders, ledger: Ledger
) -> None:
    loader = loaders.start()
    with Flow(ledger, at_least=1_500, per_second=1_000, poison_every=500):
        wait_for_more(fresh_database)
        migrate.downgrade(fresh_database, BEFORE)  # what a loader of that revision would see
        output = PAGE.run("StockPulse", shell | loading(loaders, fresh_database))
        assert "the schema is up to date" in output
        with psycopg.connect(fresh_database) as conn:
            assert conn.execute(NEWER).fetchone() == (True,)
        wait_for_more(fresh_database)
    ledger.wait(fresh_database)
    assert loader.terminate()[0] == 0
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        refresh_all(conn)
    assert verify(fresh_database, show_progress).wrong == 0
    ledger.compare(fresh_database)


@pytest.mark.operations
def test_timescaledb_is_updated_under_a_loader(
    machine_of: MakeMachine,
    build: Installation,
    loaders_of: MakeLoaders,
    broker: Broker,
    topic: str,
    ledger: Ledger,
) -> None:
    old = former(build)
    if old.postgres.split(".")[0] != build.postgres.split(".")[0] or old.edition != build.edition:
        pytest.skip(f"needs a build in {OLD} of the same PostgreSQL and edition")
    machine = machine_of("machine", old)
    machine.create()
    migrate.upgrade(machine.url)
    loaders = loaders_of(machine.url, broker, topic)
    environ = machine.environ | loading(loaders, machine.url)
    loader = loaders.start()
    with Flow(ledger, at_least=10_000, per_second=1_000, poison_every=700):
        wait_for_more(machine.url)
        install(build, machine)
        PAGE.run("TimescaleDB", environ | {"PATH": machine.environ["PATH"]})
        wait_for_more(machine.url)
    ledger.wait(machine.url)
    assert loader.running
    machine.run("stockpulse verify", STOCKPULSE_DATABASE_URL=machine.url)
    ledger.compare(machine.url)
    with psycopg.connect(machine.url) as conn:
        version = conn.execute("select extversion from pg_extension where extname = 'timescaledb'")
        assert version.fetchone() == (build.timescaledb,)


@pytest.mark.operations
def test_postgresql_is_upgraded_in_place_under_a_loader(
    machine_of: MakeMachine,
    build: Installation,
    loaders_of: MakeLoaders,
    broker: Broker,
    topic: str,
    ledger: Ledger,
) -> None:
    old = former(build)
    if (old.timescaledb, old.edition) != (build.timescaledb, build.edition):
        pytest.skip(f"needs a build in {OLD} with the same TimescaleDB")
    machine = machine_of("machine", old)
    machine.create()
    migrate.upgrade(machine.url)
    loaders = loaders_of(machine.url, broker, topic)
    environ = machine.environ | loading(loaders, machine.url)
    environ |= {
        "OLD_BINDIR": str(machine.bindir),
        "NEW_BINDIR": str(machine_of("new", build).bindir),
        "OLD_PGDATA": str(machine.data),
        "NEW_PGDATA": str(machine.home / "upgraded"),
        "INITDB_OPTIONS": f"{INITDB} --auth=scram-sha-256 --pwfile={machine.home}/password",
        "WORK": str(machine.home / "w"),
    }
    loader = loaders.start()
    with Flow(ledger, at_least=10_000, per_second=1_000, poison_every=700):
        wait_for_more(machine.url)
        output = PAGE.run("PostgreSQL, in place", environ)
        assert "Clusters are compatible" in output
        wait_for_more(machine.url)
        machine.data = machine.home / "upgraded"  # its server is stopped at the end
        PAGE.run("PostgreSQL, in place", environ, 2)
        wait_for_more(machine.url)
    ledger.wait(machine.url)
    assert loader.running
    machine.run("stockpulse verify", STOCKPULSE_DATABASE_URL=machine.url)
    ledger.compare(machine.url)
