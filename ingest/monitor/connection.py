"""A connection that is kept between readings, and ends a statement whose server does not answer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from db import connect, sql
from db.connect import DatabaseAway

PACKAGE = "ingest.monitor"
ROLE = "stockpulse_loader"
ANSWER_SECONDS = 5.0  # longest wait for a statement; the server itself ends one after three

Conn = psycopg.Connection[Any]


class Connection:
    """Opened when it is needed; one thread runs statements, another may call leave()."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._conn: Conn | None = None

    def check(self) -> None:
        """Connects; replaces a connection of before a restart of the server.

        Raises DatabaseAway or DatabaseRefused.
        """
        if self._conn is not None:
            try:
                self.run("may_monitor")
            except DatabaseAway:
                self.close()
        if self._conn is None:
            self._conn = connect.connect(
                self._url, application_name="stockpulse metrics", autocommit=True
            )
            # Nor does it leave a statement, a role or a limit to the next client of a pooler.
            self._conn.prepare_threshold = None

    def run(self, name: str, role: str | None = None, **values: Any) -> list[Any]:
        """Returns the rows of a statement, run as a role or as the login.

        Raises DatabaseAway or DatabaseRefused.
        """
        with self._answering() as conn, conn.transaction():
            conn.execute(sql.load(PACKAGE, "limits"), {"role": role or "none"})
            return conn.execute(sql.load(PACKAGE, name), values or None).fetchall()

    def is_broken(self) -> bool:
        """Returns whether the last error has ended the connection."""
        return self._conn is None or self._conn.closed

    def close(self) -> None:
        """Closes it; the next check() opens another."""
        conn, self._conn = self._conn, None
        if conn is not None:
            conn.close()

    def leave(self) -> None:
        """Breaks the connection, so that a statement under way ends."""
        if conn := self._conn:
            connect.break_connection(conn)

    @contextmanager
    def _answering(self) -> Iterator[Conn]:
        assert self._conn is not None
        watchdog = threading.Timer(ANSWER_SECONDS, connect.break_connection, (self._conn,))
        watchdog.daemon = True
        watchdog.start()
        try:
            with connect.translated():
                yield self._conn
        finally:
            watchdog.cancel()
