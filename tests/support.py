"""Databases cloned from a migrated template, unique names, and waiting for a condition."""

import itertools
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from db import migrate
from stack.database import Database

# The data is not kept, and tests that crash a server start one of their own.
UNSAFE = {"fsync": "off", "full_page_writes": "off"}
SMALL = {"max_wal_size": "512MB"}  # there is little room in memory
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 6 * 1024**3  # enough for the databases of two workers

_numbers = itertools.count(1)


def memory() -> Path | None:
    """Returns a directory in memory, where copying a database takes a tenth of the time, if any."""
    available = re.search(r"MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text())
    if not os.access(MEMORY, os.W_OK) or not available:
        return None
    free = min(shutil.disk_usage(MEMORY).free, int(available[1]) * 1024)
    return MEMORY / "stockpulse" if free >= MEMORY_BYTES else None


def unique(prefix: str) -> str:
    """Returns a name that no other test and no other run uses."""
    return f"{prefix}_{os.getpid()}_{next(_numbers)}"


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Returns once the condition holds; fails after the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.02)


def url_of(url: str, name: str) -> str:
    """Returns the URL of another database of the same server."""
    if "://" not in url:
        return make_conninfo(url, dbname=name)
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def execute(url: str, statement: str, **identifiers: str) -> None:
    """Runs one statement outside a transaction."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(_formatted(statement, **identifiers))


def _formatted(statement: str, **identifiers: str) -> sql.Composed:
    names = {key: sql.Identifier(name) for key, name in identifiers.items()}
    return sql.SQL(statement).format(**names)  # type: ignore[arg-type]


class Maintenance:
    """A connection that is kept, as each new one to TimescaleDB costs milliseconds.

    Some tests restart the server or end all of its sessions: then it is opened again.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._conn: psycopg.Connection[Any] | None = None

    def execute(self, statement: str, **identifiers: str) -> None:
        """Runs one statement outside a transaction."""
        composed = _formatted(statement, **identifiers)
        conn = self._connected()
        try:
            conn.execute(composed)
        except psycopg.OperationalError:
            if not conn.closed:
                raise
            self._connected().execute(composed)

    def _connected(self) -> psycopg.Connection[Any]:
        if self._conn is None or self._conn.closed:
            self._conn = psycopg.connect(self.url, autocommit=True)
        return self._conn

    def close(self) -> None:
        if self._conn is not None:
            self._conn.close()


@contextmanager
def database_like(url: str, template: str) -> Iterator[str]:
    """Gives the URL of a new copy of the database `template`, which is dropped afterwards."""
    with closing(Maintenance(url)) as maintenance, copy_of(template, maintenance) as copy:
        yield copy


@contextmanager
def copy_of(template: str, maintenance: Maintenance) -> Iterator[str]:
    """Does the same with a connection that is there."""
    name = unique("test")
    # Half the time of the usual strategy, which writes all pages to the log.
    create = "create database {name} template {template} strategy file_copy"
    maintenance.execute(create, name=name, template=template)
    try:
        yield url_of(maintenance.url, name)
    finally:
        maintenance.execute("drop database {name} with (force)", name=name)


@contextmanager
def migrated_template(database: Database) -> Iterator[str]:
    """Gives the name of a migrated database without connections and with jobs unscheduled."""
    name = unique("template")
    url = url_of(database.url, name)
    execute(database.url, "create database {name} template template0", name=name)
    try:
        migrate.upgrade(url)
        if database.edition == "community":
            execute(
                url,
                "select alter_job(job_id, scheduled => false) from timescaledb_information.jobs",
            )
            execute(url, "select _timescaledb_functions.stop_background_workers()")
            # A job that was running when the workers stopped would count as failed.
            execute(
                url,
                "update _timescaledb_internal.bgw_job_stat"
                " set last_run_success = true, total_failures = 0",
            )
        # Otherwise TimescaleDB's launcher would start workers in it, and it could not be copied.
        execute(database.url, "alter database {name} with allow_connections false", name=name)
        yield name
    finally:
        execute(database.url, "drop database {name} with (force)", name=name)
