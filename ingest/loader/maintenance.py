"""Runs the jobs of the Apache-2 edition, which cannot schedule any: candles, retention, checks."""

import logging
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import psycopg

from db import connect, edition, sql
from db.connect import DatabaseAway, DatabaseRefused
from ingest.loader.progress import Progress

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 3.0
RETENTION_SECONDS = 3600.0
RETRY_SECONDS = 5.0
LEAVE_SECONDS = 2.0  # longest wait for a statement that was cancelled by a stop
CANCEL_SECONDS = 0.2  # between two attempts to cancel it
ORPHAN_SECONDS = 1  # until the database notices that the loader was killed, and ends its statement


class Maintenance:
    """A thread that calls procedures of the database on a timer; idle on Community."""

    def __init__(self, database_url: str, progress: Progress | None = None) -> None:
        self._url = database_url
        self._progress = progress or Progress()
        self._stop = threading.Event()
        self._conn: psycopg.Connection[Any] | None = None
        self._thread = threading.Thread(target=self._run, name="maintenance", daemon=True)

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
            if conn := self._conn:  # a refresh may take minutes; the next one does its work
                with suppress(psycopg.Error):
                    conn.cancel_safe(timeout=LEAVE_SECONDS)
            self._thread.join(CANCEL_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with connect.connect(
                    self._url, application_name="stockpulse maintenance", autocommit=True
                ) as conn:
                    if edition.kind_of(conn) == "community":
                        return  # it has jobs of its own
                    self._conn = conn
                    with connect.translated():
                        self._call_procedures(conn)
            except (DatabaseAway, DatabaseRefused) as error:
                if not self._stop.is_set():
                    logger.warning("maintenance failed", extra={"reason": str(error)})
                self._stop.wait(RETRY_SECONDS)
            finally:
                self._conn = None

    def _call_procedures(self, conn: psycopg.Connection[Any]) -> None:
        conn.execute("set role stockpulse_loader")
        conn.execute(f"set client_connection_check_interval = '{ORPHAN_SECONDS}s'")
        retention_at = time.monotonic()
        while not self._stop.wait(REFRESH_SECONDS):
            conn.execute(sql.load("ingest.loader", "refresh_candles"))
            self._progress.refresh()
            if time.monotonic() >= retention_at:
                conn.execute(sql.load("ingest.loader", "apply_retention"))
                conn.execute(sql.load("ingest.loader", "verify_sample"))
                retention_at += RETENTION_SECONDS
