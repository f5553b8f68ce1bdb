"""Keeps the Apache-2 edition's candles and retention going, which has no jobs of its own."""

import logging
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import psycopg

from db import connect, edition, sql
from db.errors import DatabaseAway, DatabaseRefused

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 5.0
RETENTION_SECONDS = 3600.0
RETRY_SECONDS = 5.0
LEAVE_SECONDS = 2.0  # what a stop grants to what runs
LOOK_SECONDS = 0.2
ORPHAN_SECONDS = 1  # then the database notices that we were killed, and ends what we had begun


class Upkeep:
    """A thread that calls the database's own procedures on a timer."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._stop = threading.Event()
        self._conn: psycopg.Connection[Any] | None = None
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        deadline = time.monotonic() + LEAVE_SECONDS
        while self._thread.is_alive() and time.monotonic() < deadline:
            if conn := self._conn:  # a refresh may have minutes to go; the next one does it again
                with suppress(psycopg.Error):
                    conn.cancel_safe(timeout=LEAVE_SECONDS)
            self._thread.join(LOOK_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with connect.connect(
                    self._url, application_name="stockpulse upkeep", autocommit=True
                ) as conn:
                    if edition.kind_of(conn) == "community":
                        return  # TimescaleDB's own jobs do it
                    self._conn = conn
                    with connect.translated():
                        self._keep_up(conn)
            except (DatabaseAway, DatabaseRefused) as error:
                if not self._stop.is_set():
                    logger.warning("upkeep failed", extra={"reason": str(error)})
                self._stop.wait(RETRY_SECONDS)
            finally:
                self._conn = None

    def _keep_up(self, conn: psycopg.Connection[Any]) -> None:
        conn.execute("set role stockpulse_loader")
        conn.execute(f"set client_connection_check_interval = '{ORPHAN_SECONDS}s'")
        retention_at = time.monotonic()
        while not self._stop.wait(REFRESH_SECONDS):
            conn.execute(sql.load("ingest.loader", "refresh_candles"))
            if time.monotonic() >= retention_at:
                conn.execute(sql.load("ingest.loader", "apply_retention"))
                conn.execute(sql.load("ingest.loader", "verify_sample"))
                retention_at += RETENTION_SECONDS
