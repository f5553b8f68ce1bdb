"""A database with TimescaleDB: from the environment, installed here, in Docker, or embedded."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg

from db import edition as editions
from db.address import libpq_address
from db.connect import DatabaseAway, DatabaseRefused
from stack import cache
from stack.database import debian, installation
from stack.database.cluster import Cluster
from stack.database.container import start_container
from stack.database.installation import Installation
from stack.providers import Report, first, silent
from stack.server.running import Running, Server, start_or_discard

CONNECT_SECONDS = 5


class Database(Running):
    """A running database: its address, versions and origin, and its process if it is started here.

    `url` is a superuser's connection URI of a database that need not be migrated.
    """

    def __init__(
        self,
        url: str,
        edition: editions.Edition,
        origin: str,
        server: Server | None = None,
        discard: Callable[[], None] | None = None,
    ) -> None:
        super().__init__("database", server, discard)
        self.url = url
        self.edition = edition.kind
        self.timescaledb = edition.timescaledb
        self.postgres = edition.postgres
        self.origin = origin

    @property
    def description(self) -> str:
        """Versions and origin in one line."""
        versions = f"TimescaleDB {self.timescaledb} {self.edition} on PostgreSQL {self.postgres}"
        return f"{versions}, {self.origin}"


def start(
    environ: Mapping[str, str] = os.environ,
    *,
    data: Path | None = None,
    scratch: Path | None = None,
    settings: Mapping[str, str] | None = None,
    report: Report = silent,
) -> Database:
    """Returns a running database: the one in STOCKPULSE_DATABASE_URL, else the first available.

    `data` is a directory that keeps the data, with a subdirectory per version; without it `close()`
    removes the data, which stand below `scratch`, by default in the cache. `settings` are added to
    the postgresql.conf of a server that is started here.
    `report` gets each line of progress. Raises DatabaseAway if the database in the environment does
    not answer, StockpulseError if none is available.
    """
    if url := environ.get("STOCKPULSE_DATABASE_URL"):
        url = libpq_address(url)
        database = Database(url, read_edition(url), "from STOCKPULSE_DATABASE_URL")
    else:
        database = first(
            "database", _providers(environ, data, scratch, settings or {}, report), report
        )
    report(f"database: {database.description}")
    return database


def _providers(
    environ: Mapping[str, str],
    data: Path | None,
    scratch: Path | None,
    settings: Mapping[str, str],
    report: Report,
) -> list[tuple[str, Callable[[], Database]]]:
    root = cache.root(environ)

    def run(found: Installation) -> Database:
        return _run(found, scratch or root / "run", data, settings)

    installed = ("installed", lambda: run(installation.find(environ)))
    if environ.get("STOCKPULSE_PG_BINDIR"):  # no other one will do
        return [installed]
    return [
        installed,
        ("Docker", lambda: _run_container(settings)),
        ("embedded", lambda: run(debian.provide(root, report))),
    ]


def _run(
    found: Installation, temporary: Path, data: Path | None, settings: Mapping[str, str]
) -> Database:
    scratch = cache.Scratch(temporary) if data is None else None
    parent = scratch.path if scratch else data
    assert parent is not None
    major = found.postgres.split(".")[0]
    cluster = Cluster(found, parent / f"postgres-{major}-{found.edition}", settings)
    discard = scratch.close if scratch else None
    start_or_discard(cluster, discard)
    edition = editions.Edition(
        kind=found.edition, timescaledb=found.timescaledb, postgres=found.postgres
    )
    return Database(cluster.url, edition, found.origin, cluster, discard)


def _run_container(settings: Mapping[str, str]) -> Database:
    container = start_container(settings, answers)
    edition = read_edition(container.url)
    return Database(container.url, edition, "Docker", container, container.remove)


def read_edition(url: str) -> editions.Edition:
    """Returns edition and versions of a running server, and leaves it unchanged.

    Raises DatabaseAway if it does not answer, DatabaseRefused if it has no TimescaleDB.
    """
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as conn:
            # The versions show only once the extension exists. Creating it for good is the
            # migrations' task, so it is rolled back.
            conn.execute("create extension if not exists timescaledb")
            edition = editions.read(conn)
            conn.rollback()
    except psycopg.OperationalError as error:
        raise DatabaseAway(f"the database does not answer: {_one_line(error)}") from error
    except psycopg.Error as error:
        raise DatabaseRefused(
            f"the database cannot create the extension TimescaleDB: {_one_line(error)}"
        ) from error
    return edition


def answers(url: str) -> bool:
    """Returns whether the server takes connections."""
    try:
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.OperationalError:
        return False
    return True


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
