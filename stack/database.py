"""A database with TimescaleDB: given, found on this machine, in Docker, or embedded."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, Self

import psycopg

from db import edition as editions
from db.errors import DatabaseAway, DatabaseRefused, StockpulseError
from stack import cache, containers, debian, found
from stack.cluster import Cluster
from stack.providers import Say, first, silent

CONNECT_SECONDS = 5


class Server(Protocol):
    """What can be done to a server that we started."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


class Database:
    """A running database: where it is, what it is, and its process if that is ours."""

    def __init__(
        self,
        url: str,
        edition: editions.Edition,
        origin: str,
        server: Server | None = None,
        discard: Callable[[], None] | None = None,
    ) -> None:
        self.url = url
        self.edition = edition.kind
        self.timescaledb = edition.timescaledb
        self.postgres = edition.postgres
        self.origin = origin
        self.server = server  # None: somebody else's, not ours to stop
        self._discard = discard  # throws away what the server leaves behind

    @property
    def description(self) -> str:
        """What it is, in one line."""
        versions = f"TimescaleDB {self.timescaledb} {self.edition} on PostgreSQL {self.postgres}"
        return f"{versions}, {self.origin}"

    def start(self) -> None:
        """Starts it again, on the same data and port."""
        self._ours().start()

    def stop(self) -> None:
        """Ends it cleanly; its data stay."""
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
            raise StockpulseError("the database was given: it is not ours to start or stop")
        return self.server


def start(
    environ: Mapping[str, str] = os.environ,
    *,
    data: Path | None = None,
    settings: Mapping[str, str] | None = None,
    say: Say = silent,
) -> Database:
    """Returns a running database, the first that works.

    `data` keeps its files, in a directory for each version; without it they are thrown away by
    close(). `settings` are further
    settings of postgresql.conf for a server that we start.
    """
    if url := environ.get("STOCKPULSE_DATABASE_URL"):
        database = Database(url, ask(url), "given")
    else:
        database = first("database", _providers(environ, data, settings or {}, say), say)
    say(f"database: {database.description}")
    return database


def _providers(
    environ: Mapping[str, str], data: Path | None, settings: Mapping[str, str], say: Say
) -> list[tuple[str, Callable[[], Database]]]:
    root = cache.root(environ)

    def run(installation: found.Installation) -> Database:
        return _run(installation, root, data, settings)

    if environ.get("STOCKPULSE_PG_BINDIR"):  # naming one means that one
        return [("found", lambda: run(found.find(environ)))]
    return [
        ("found", lambda: run(found.find(environ))),
        ("Docker", lambda: _contain(settings)),
        ("embedded", lambda: run(debian.provide(root, say))),
    ]


def _run(
    installation: found.Installation,
    root: Path,
    data: Path | None,
    settings: Mapping[str, str],
) -> Database:
    scratch = cache.Scratch(root / "run") if data is None else None
    parent = scratch.path if scratch else data
    assert parent is not None
    major = installation.postgres.split(".")[0]
    cluster = Cluster(installation, parent / f"postgres-{major}-{installation.edition}", settings)
    discard = scratch.close if scratch else None
    try:
        cluster.start()
    except BaseException:
        if discard:
            discard()
        raise
    edition = editions.Edition(
        kind=installation.edition,
        timescaledb=installation.timescaledb,
        postgres=installation.postgres,
    )
    return Database(cluster.url, edition, installation.origin, cluster, discard)


def _contain(settings: Mapping[str, str]) -> Database:
    container = containers.postgres(settings, answers)
    return Database(container.url, ask(container.url), "Docker", container, container.remove)


def ask(url: str) -> editions.Edition:
    """Returns edition and versions of a running server."""
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as conn:
            # The versions show only once the extension is there, and creating it for good is up
            # to the migrations: so it is rolled back.
            conn.execute("create extension if not exists timescaledb")
            edition = editions.read(conn)
            conn.rollback()
    except psycopg.OperationalError as error:
        raise DatabaseAway(f"the database does not answer: {_one_line(error)}") from error
    except psycopg.Error as error:
        raise DatabaseRefused(f"the database refuses TimescaleDB: {_one_line(error)}") from error
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
