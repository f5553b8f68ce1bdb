"""A private PostgreSQL cluster: one data directory, one port, the postmaster as a child process.

It listens on 127.0.0.1 and in a socket directory of its own, with a password of its own.
"""

import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.errors import UndefinedObject

from db.errors import StockpulseError
from stack.database.data_directory import SUPERUSER, Access, DataDirectory, server_environ
from stack.database.installation import Installation
from stack.server.child import POLL_SECONDS, Child, log_tail

DATABASE = "stockpulse"
START_SECONDS = 120.0  # includes crash recovery of up to max_wal_size


class Cluster:
    """A cluster in the directory `home`, created by the first start.

    `settings` are added to postgresql.conf.
    """

    def __init__(
        self, installation: Installation, home: Path, settings: Mapping[str, str] | None = None
    ) -> None:
        self.installation = installation
        self.settings = settings or {}
        self._files = DataDirectory(installation, home)
        self._access: Access | None = None
        self._child: Child | None = None

    @property
    def home(self) -> Path:
        """The directory of the cluster's files."""
        return self._files.home

    @property
    def url(self) -> str:
        """The superuser's connection URI of the database stockpulse."""
        return self._url(DATABASE)

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        return self._running_child().process.pid

    def start(self) -> None:
        """Starts the postmaster, with crash recovery if needed; returns once it takes connections.

        Raises StockpulseError if it does not start.
        """
        if self._child and self._child.running:
            return
        self._access = self._files.prepare(self.settings)
        deadline = time.monotonic() + START_SECONDS
        while not self._start_postmaster():
            # Backends outlive a killed postmaster by a moment and hold its shared memory.
            if time.monotonic() > deadline:
                raise StockpulseError(f"PostgreSQL does not start: {log_tail(self._files.log)}")
            time.sleep(POLL_SECONDS)
        self._create_database()

    def stop(self) -> None:
        """Stops the server cleanly: closes connections and writes a checkpoint."""
        if self._child:
            self._child.stop()
            self._child = None
        self._files.remove_sockets()

    def kill(self) -> None:
        """Ends the postmaster with SIGKILL, as a crash would."""
        self._running_child().kill()
        self._child = None

    def _running_child(self) -> Child:
        if self._child is None:
            raise StockpulseError("PostgreSQL is not running")
        return self._child

    def _start_postmaster(self) -> bool:
        """Starts the postmaster once; returns False if shared memory is still in use."""
        log = self._files.log
        log_size = log.stat().st_size if log.exists() else 0
        child = self._child = Child(
            [self.installation.bindir / "postgres", "-D", self._files.data],
            log=log,
            cwd=self.home,
            user=self._files.user,
            environ=server_environ(),
            stop_signal=signal.SIGINT,
        )
        try:
            child.wait_until(self._answers, START_SECONDS, "PostgreSQL")
        except BaseException as error:
            child.kill()
            self._child = None
            logged = log.read_bytes()[log_size:]
            if isinstance(error, StockpulseError) and b"pre-existing shared memory block" in logged:
                return False
            raise
        return True

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _create_database(self) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as conn:
            query = "select from pg_database where datname = %s"
            if conn.execute(query, [DATABASE]).rowcount:
                self._update_extension()
            else:
                conn.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))

    def _update_extension(self) -> None:
        """Updates the extension in existing data; an older one would not work with this server."""
        with psycopg.connect(self.url, autocommit=True) as conn, suppress(UndefinedObject):
            # Must be the session's first command. Without the extension: not migrated yet.
            conn.execute("alter extension timescaledb update")

    def _url(self, database: str) -> str:
        if self._access is None:
            raise StockpulseError("PostgreSQL was never started")
        password, port = self._access.password, self._access.port
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{port}/{database}"
