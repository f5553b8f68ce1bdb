"""Real services in trouble: a Prometheus that scrapes them raises the alert within a minute."""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from db import migrate
from stack import database as databases
from stack.broker import Broker
from stack.database import Database
from stack.server.ports import free_ports
from stack.venue.kraken import KrakenVenue
from stack.venue.market import Market
from stack.venue.thread import running
from tests import support
from tests.faults.conftest import MakeLoaders, without_given_servers
from tests.faults.disks import fill, small_disk
from tests.faults.ledger import Flow, Ledger, counts, wait_for_more
from tests.faults.loaders import Loader, Loaders
from tests.faults.locks import locked
from tests.operations.monitoring import files
from tests.operations.monitoring.prometheus import Prometheus, watching

pytestmark = pytest.mark.operations

PAIR = "BTC/USD"
SILENT_SECONDS = 600  # of StockPulseSourceSilent
HEALTHY_SECONDS = 150  # longer than the `for` of every alert that says that nothing is stored

# Panels that may have no sample as long as nothing is wrong, the database is younger than a day,
# and there are no replicas; jobs are those of the Community edition.
MAY_BE_EMPTY = {
    "Alerts",
    "Mismatches",
    "Mismatches of the last comparison",
    "Disk full in",
    "Growth per day",
    "Rejected",
    "Oldest history that waits",
    "Jobs of TimescaleDB",
    "WAL held by slots",
    "Lag of replicas",
    "Next drop by retention",
    "Until the next drop",
    "Waiting for the archive",
    "Streams",
    "Streams ended by a fault",
}


@contextmanager
def watched(loaders: Loaders, home: Path) -> Iterator[tuple[Loader, Prometheus]]:
    """Gives a loader that works and a Prometheus that has scraped it, with nothing firing."""
    port = free_ports(1)[0]
    loader = loaders.start(STOCKPULSE_METRICS_PORT=str(port))
    loader.wait_until_assigned()
    with watching(home, loader=port) as prometheus:
        prometheus.wait_until_scraped()
        assert prometheus.firing() == []
        yield loader, prometheus


def test_a_loader_stuck_on_a_lock_is_told(
    loaders: Loaders, ledger: Ledger, fresh_database: str, tmp_path: Path
) -> None:
    with watched(loaders, tmp_path) as (_, prometheus):
        with locked(fresh_database, "market.trades"):
            ledger.produce(1_000)
            ledger.flush()
            prometheus.wait_until_fires("StockPulseLoaderWaits", reason="lock")
        prometheus.wait_until_ends("StockPulseLoaderWaits")


def test_a_dead_database_is_told(
    own_database: Database,
    broker: Broker,
    ledger: Ledger,
    loaders_of: MakeLoaders,
    tmp_path: Path,
) -> None:
    loaders = loaders_of(own_database.url, broker, ledger.topic)
    with watched(loaders, tmp_path) as (_, prometheus):
        own_database.kill()
        prometheus.wait_until_fires("StockPulseDatabaseAway")
        own_database.start()
        prometheus.wait_until_ends("StockPulseDatabaseAway")


def test_a_dead_broker_is_told(
    own_kafka: Broker, fresh_database: str, loaders_of: MakeLoaders, tmp_path: Path
) -> None:
    topic = support.unique("topic")
    own_kafka.create_topics([topic], partitions=4)
    with watched(loaders_of(fresh_database, own_kafka, topic), tmp_path) as (_, prometheus):
        own_kafka.kill()
        prometheus.wait_until_fires("StockPulseBrokerAway")
        own_kafka.start()
        prometheus.wait_until_ends("StockPulseBrokerAway")


def test_a_full_disk_is_told(
    broker: Broker, ledger: Ledger, loaders_of: MakeLoaders, tmp_path: Path
) -> None:
    with (
        small_disk() as disk,
        databases.start(without_given_servers(os.environ), data=disk) as database,
    ):
        migrate.upgrade(database.url)
        loaders = loaders_of(database.url, broker, ledger.topic)
        with (
            watched(loaders, tmp_path) as (_, prometheus),
            Flow(ledger, at_least=0, per_second=2_000),
        ):
            wait_for_more(database.url)
            fill(disk / "ballast")

            def is_told() -> bool:
                # PostgreSQL ends if it is its WAL that cannot grow.
                return prometheus.fires("StockPulseLoaderWaits", reason="disk") or (
                    prometheus.fires("StockPulseDatabaseAway")
                )

            support.wait_until(is_told, "an alert", 60.0)


def test_a_poisoned_topic_is_told(
    loaders: Loaders, ledger: Ledger, fresh_database: str, tmp_path: Path
) -> None:
    with watched(loaders, tmp_path) as (_, prometheus):
        for number in range(100):
            ledger.poison(b"no JSON %d" % number)
        ledger.flush()
        prometheus.wait_until_fires("StockPulseRejectsGrow")


def test_a_loader_that_is_gone_is_told(loaders: Loaders, tmp_path: Path) -> None:
    with watched(loaders, tmp_path) as (loader, prometheus):
        loader.kill()
        prometheus.wait_until_fires("StockPulseNoLoader")


def test_a_source_gone_silent_is_told(
    loaders: Loaders, topic: str, fresh_database: str, tmp_path: Path
) -> None:
    # Ten minutes of silence have passed a few seconds after the venue's last trade.
    late = timedelta(seconds=SILENT_SECONDS - 15)
    market = Market(lambda: datetime.now(UTC) - late)
    with (
        running(KrakenVenue(market, [PAIR])) as venue,
        watched(loaders, tmp_path) as (_, prometheus),
    ):
        loaders.run("feed", "kraken", f"--symbols={PAIR}", f"--url={venue.url}", f"--topic={topic}")
        with trading(venue):
            wait_for_trades(fresh_database)
            prometheus.wait_for_sample("stockpulse_source_silent_seconds")
            assert prometheus.firing() == []
        prometheus.wait_until_fires("StockPulseSourceSilent", source="kraken")


def test_nothing_is_told_of_services_that_are_well(
    own_database: Database, broker: Broker, topic: str, loaders_of: MakeLoaders, tmp_path: Path
) -> None:
    loaders = loaders_of(own_database.url, broker, topic)
    loader, api, feed = free_ports(3)
    with ExitStack() as started:
        venue = started.enter_context(running(KrakenVenue(pairs=[PAIR])))
        started.enter_context(trading(venue))
        loaders.start(STOCKPULSE_METRICS_PORT=str(loader)).wait_until_assigned()
        loaders.run("serve", f"--port={api}", STOCKPULSE_API_KEYS="off")
        loaders.run("publish", "simulate", "--rate=50", f"--topic={topic}")
        loaders.run(
            *("feed", "kraken", f"--symbols={PAIR}", f"--url={venue.url}", f"--topic={topic}"),
            f"--metrics-port={feed}",
        )
        wait_for_trades(own_database.url)
        watch = started.enter_context(watching(tmp_path, loader=loader, api=api, feed=feed))
        watch.wait_until_scraped()
        watch.wait_for_sample(
            f'count_over_time(up{{job="stockpulse-loader"}}[5m]) > {HEALTHY_SECONDS / 10}',
            2 * HEALTHY_SECONDS,
        )
        assert watch.query('count_over_time(ALERTS{alertstate="firing"}[10m])') == []
        assert watch.faulty_rules() == []
        filled = {
            panel["title"]
            for panel in files.panels()
            for target in panel["targets"]
            if watch.query(files.filled(target["expr"]))
        }
        titles = {panel["title"] for panel in files.panels()}
        assert titles - filled - MAY_BE_EMPTY == set()


@contextmanager
def trading(venue: KrakenVenue) -> Iterator[None]:
    """Makes ten trades per second in a thread while the context is open."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(0.1):
            venue.trade(PAIR, 1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def wait_for_trades(url: str) -> None:
    """Returns once trades are stored."""
    with psycopg.connect(url, autocommit=True) as conn:
        support.wait_until(lambda: counts(conn)[0] > 10, "trades")
