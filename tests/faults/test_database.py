"""A database that is away, full, locked or migrated: the loaders wait and lose nothing."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import psycopg
import pytest

from db import migrate
from db.errors import StockpulseError
from stack import database as databases
from stack.broker import Broker
from stack.database import Database
from tests import support
from tests.faults.conftest import MakeLoaders, without_given_servers
from tests.faults.disks import fill, small_disk
from tests.faults.hangs import hung_database
from tests.faults.ledger import Flow, Ledger, counts, wait_for_more
from tests.faults.loaders import STOP_SECONDS, Loader, Loaders
from tests.faults.locks import locked

WAITING = "waiting for the database"


def test_no_message_is_lost_when_the_database_is_killed(
    own_database: Database, broker: Broker, ledger: Ledger, loaders_of: MakeLoaders, full: bool
) -> None:
    group = loaders_of(own_database.url, broker, ledger.topic).start_group(2)
    with Flow(ledger, at_least=0, per_second=2_000, poison_every=500):
        for _ in range(20 if full else 3):
            wait_for_more(own_database.url)
            own_database.kill()
            own_database.start()
    _finish(own_database.url, ledger, group)
    assert any(WAITING in loader.output for loader in group)


@pytest.mark.long
def test_loaders_wait_for_a_database_that_is_stopped(
    own_database: Database, broker: Broker, ledger: Ledger, loaders_of: MakeLoaders, full: bool
) -> None:
    group = loaders_of(own_database.url, broker, ledger.topic).start_group(2)
    with Flow(ledger, at_least=0, per_second=2_000, poison_every=500):
        wait_for_more(own_database.url)
        with _no_rebalance(group):
            own_database.stop()
            for loader in group:
                loader.wait_for_output(f'{WAITING} reason="the database cannot be reached')
            time.sleep(60 if full else 5)  # the fault is its duration
            own_database.start()
            wait_for_more(own_database.url)
    _finish(own_database.url, ledger, group)


@pytest.mark.long
def test_loaders_wait_for_a_database_that_hangs(
    own_database: Database, broker: Broker, ledger: Ledger, loaders_of: MakeLoaders
) -> None:
    group = loaders_of(own_database.url, broker, ledger.topic).start_group(1)
    with Flow(ledger, at_least=0, per_second=2_000, poison_every=500):
        wait_for_more(own_database.url)
        with _no_rebalance(group):
            with hung_database(own_database.url):
                group[0].wait_for_output(f'{WAITING} reason="the batch is not stored yet')
            wait_for_more(own_database.url)
    _finish(own_database.url, ledger, group)


@pytest.mark.long
def test_a_loader_can_be_stopped_while_its_database_hangs(
    own_database: Database, broker: Broker, ledger: Ledger, loaders_of: MakeLoaders
) -> None:
    loaders = loaders_of(own_database.url, broker, ledger.topic)
    loader = loaders.start_group(1)[0]
    with Flow(ledger, at_least=0, per_second=2_000, poison_every=500):
        wait_for_more(own_database.url)
        with hung_database(own_database.url):
            loader.wait_for_output(WAITING)
            code, seconds = loader.terminate()
            assert code == 0, loader.output[-2000:]
            assert seconds < 2 * STOP_SECONDS, f"{seconds:.1f} s: {loader.output[-2000:]}"
    loaders.load_rest()
    ledger.compare(own_database.url)


@pytest.mark.long
def test_a_loader_started_before_its_database_waits_for_it(
    own_database: Database, broker: Broker, ledger: Ledger, loaders_of: MakeLoaders
) -> None:
    own_database.stop()
    ledger.produce(1_000, poison_every=100)
    ledger.flush()
    loader = loaders_of(own_database.url, broker, ledger.topic).start()
    loader.wait_for_output(WAITING)
    own_database.start()
    _finish(own_database.url, ledger, [loader])


def test_loaders_wait_while_the_disk_is_full(
    broker: Broker, ledger: Ledger, loaders_of: MakeLoaders
) -> None:
    with (
        small_disk() as disk,
        databases.start(without_given_servers(os.environ), data=disk) as database,
    ):
        migrate.upgrade(database.url)
        group = loaders_of(database.url, broker, ledger.topic).start_group(2)
        with Flow(ledger, at_least=0, per_second=2_000, poison_every=500):
            wait_for_more(database.url)
            with _no_rebalance(group):
                fill(disk / "ballast")
                for loader in group:
                    loader.wait_for_output(WAITING, 60)
                (disk / "ballast").unlink()
                # PostgreSQL has ended if it was its WAL that could not grow.
                support.wait_until(lambda: _is_up(database), "the database")
                wait_for_more(database.url)
        _finish(database.url, ledger, group)


def _is_up(database: Database) -> bool:
    with suppress(StockpulseError, psycopg.Error):
        database.start()
        return databases.answers(database.url)
    return False


def test_loaders_wait_while_the_ticks_are_locked(
    loaders: Loaders, ledger: Ledger, fresh_database: str, full: bool
) -> None:
    group = loaders.start_group(2)
    with Flow(ledger, at_least=0, per_second=2_000, poison_every=500):
        wait_for_more(fresh_database)
        with _no_rebalance(group), locked(fresh_database, "market.trades"):
            time.sleep(30 if full else 8)  # the fault is its duration
            for loader in group:
                loader.wait_for_output(f'{WAITING} reason=".*due to lock timeout')
        wait_for_more(fresh_database)
    _finish(fresh_database, ledger, group)


def test_a_loader_whose_offsets_are_set_back_loads_from_there(
    loaders: Loaders, ledger: Ledger, fresh_database: str
) -> None:
    group = loaders.start_group(1)
    # No poison: a message that comes again is rejected again, while a tick is a duplicate.
    with Flow(ledger, at_least=0, per_second=2_000):
        wait_for_more(fresh_database)
        with locked(fresh_database, "market.trades"):
            group[0].wait_for_output(f'{WAITING} reason=".*due to lock timeout')
            support.execute(fresh_database, "update ops.kafka_offsets set next_offset = 0")
        group[0].wait_for_output("batch dropped")
        wait_for_more(fresh_database)
    _finish(fresh_database, ledger, group, some_twice=True)


@pytest.mark.long
def test_loaders_wait_for_a_free_connection(
    broker: Broker, ledger: Ledger, loaders_of: MakeLoaders
) -> None:
    with ExitStack() as held:
        few = {"max_connections": "30"}
        database = held.enter_context(
            databases.start(without_given_servers(os.environ), settings=few)
        )
        migrate.upgrade(database.url)
        observer = held.enter_context(psycopg.connect(database.url, autocommit=True))
        group = loaders_of(database.url, broker, ledger.topic).start_group(1)
        with Flow(ledger, at_least=0, per_second=2_000, poison_every=500):
            support.wait_until(lambda: counts(observer)[0] > 0, "ticks")
            with _no_rebalance(group), ExitStack() as used:
                _use_up(used, database.url, observer)
                group[0].wait_for_output(f"{WAITING}.*(too many clients|remaining connection)")
        _finish(database.url, ledger, group)


def _use_up(used: ExitStack, url: str, observer: psycopg.Connection) -> None:
    """Takes every connection of the database, those of the loaders included."""
    loaders = (
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where application_name like 'stockpulse %'"
    )

    def is_used_up() -> bool:
        observer.execute(loaders)
        try:
            while True:
                used.enter_context(psycopg.connect(url))
        except psycopg.OperationalError:
            return (
                observer.execute(
                    "select from pg_stat_activity where application_name like 'stockpulse %'"
                ).rowcount
                == 0
            )

    support.wait_until(is_used_up, "no connection left")


def test_no_message_is_lost_during_migrations(
    loaders: Loaders, ledger: Ledger, fresh_database: str, full: bool
) -> None:
    group = loaders.start_group(2)
    with Flow(ledger, at_least=0, per_second=2_000, poison_every=500), _no_rebalance(group):
        for number in range(5 if full else 1):
            wait_for_more(fresh_database)
            with psycopg.connect(fresh_database) as conn:
                # A changed lifecycle makes the migration apply it at its end.
                conn.execute(
                    "update ops.lifecycle set chunk = make_interval(days => %s + 8)"
                    " where level = '1m'",
                    [number],
                )
            migrated = loaders.run("migrate")
            assert migrated.wait() == 0, migrated.output[-2000:]
        wait_for_more(fresh_database)
    _finish(fresh_database, ledger, group)


def test_a_cancelled_statement_is_retried(
    loaders: Loaders, ledger: Ledger, fresh_database: str
) -> None:
    group = loaders.start_group(1)
    with locked(fresh_database, "market.trades"), _no_rebalance(group):
        ledger.produce(1_000, poison_every=100)
        ledger.flush()
        with psycopg.connect(fresh_database, autocommit=True) as conn:
            support.wait_until(lambda: _cancel(conn), "a statement to cancel")
        group[0].wait_for_output(f'{WAITING} reason=".*due to user request')
    _finish(fresh_database, ledger, group)


def _cancel(conn: psycopg.Connection) -> bool:
    return (
        conn.execute(
            "select pg_cancel_backend(pid) from pg_stat_activity "
            "where application_name = 'stockpulse load' and wait_event_type = 'Lock' "
            "and datname = current_database()"
        ).rowcount
        > 0
    )


@contextmanager
def _no_rebalance(group: list[Loader]) -> Iterator[None]:
    """Fails if partitions are assigned to a loader again while the context is open."""
    before = [loader.times_assigned for loader in group]
    yield
    assert [loader.times_assigned for loader in group] == before


def _finish(url: str, ledger: Ledger, group: list[Loader], *, some_twice: bool = False) -> None:
    """Compares, stops the loaders, and compares again."""
    ledger.wait(url)
    ledger.compare(url, some_twice=some_twice)
    for loader in group:
        assert loader.terminate()[0] == 0, loader.output[-2000:]
    ledger.compare(url, some_twice=some_twice)
