"""LoaderSettings of a loader, loaders in threads, and a database to be stopped and started."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from db import migrate
from ingest.loader import run as loader
from ingest.loader.settings import LoaderSettings
from stack import database as databases
from tests import support
from tests.ingest.loader.loaders import Running, changed, publish, ticks


@pytest.fixture
def given(fresh_database, broker, topic) -> LoaderSettings:
    """LoaderSettings of a loader of this test's own topic and database."""
    return LoaderSettings(
        database_url=fresh_database,
        bootstrap_servers=broker.bootstrap_servers,
        topics=(topic,),
        group=support.unique("group"),
        batch_ms=20,
    )


@pytest.fixture
def run() -> Iterator:
    """Starts loaders, which are stopped after the test."""
    running = []
    with ThreadPoolExecutor(4) as threads:

        def start(settings, **options):
            running.append(Running(settings, threads, **options))
            return running[-1]

        try:
            yield start
        finally:
            for one in running:
                one.stop.set()


@pytest.fixture
def started(monkeypatch):
    """The internals of the loaders that have been started."""
    loaders = []
    init = loader._Loader.__init__

    def note(self, *args, **options):
        init(self, *args, **options)
        loaders.append(self)

    monkeypatch.setattr(loader._Loader, "__init__", note)
    return loaders


@pytest.fixture
def paused(given, run, started, fresh_database):
    """A loader that has stored 20 ticks and paused over 200 more, and the connection in its way."""
    running = run(changed(given, batch_rows=10))
    publish(given, ticks(20))
    running.wait_for_rows(20)
    with psycopg.connect(fresh_database) as blocker:
        blocker.execute("lock table ops.load_batches in access exclusive mode")
        publish(given, ticks(20, 220))
        running.wait(lambda: started[0].assignment.paused, "it had paused")
        yield running, blocker


@pytest.fixture
def own_database():
    """A migrated database on a server of this test's own, to be stopped and started."""
    with databases.start() as server:
        if server.server is None:
            pytest.skip("needs a database of its own, this run was given one")
        migrate.upgrade(server.url)
        yield server


@pytest.fixture
def dropped(caplog):
    """Returns the reasons for which batches were dropped so far."""
    return lambda: [r.reason for r in caplog.records if r.message == "batch dropped"]
