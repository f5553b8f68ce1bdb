"""Keeps the archive up to date: starts `stockpulse archive` once an hour, as a process of its own.

Nothing of the loader waits for it. Another run within the hour, of a loader or of cron, is enough.
"""

import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import psycopg

from db import connect, sql
from db.connect import DatabaseAway, DatabaseRefused
from ingest.loader.settings import LoaderSettings

logger = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "cli", "archive")
FIRST_SECONDS = 30.0  # after the start of the loader
LOOK_SECONDS = 60.0  # between two looks whether the hour is over
RETRY_SECONDS = 900.0  # after a failure
LEAVE_SECONDS = 2.0  # until a run that was asked to end is killed
POLL_SECONDS = 0.2
NICE = 10  # the loader comes first
BUSY = "another process archives"  # begins what the archiver says then


class Archiver:
    """A thread that starts the archiver when it is due; idle if no warehouse is set."""

    def __init__(
        self,
        settings: LoaderSettings,
        command: Sequence[str] = COMMAND,
        first_seconds: float = FIRST_SECONDS,
    ) -> None:
        self._settings, self._command = settings, command
        self._first_seconds = first_seconds
        self._stop = threading.Event()
        self._has_complained = False
        self._thread = threading.Thread(target=self._run, name="archiver", daemon=True)

    def __enter__(self) -> Self:
        if self._settings.warehouse:
            self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._settings.warehouse:
            self._thread.join(2 * LEAVE_SECONDS)

    def _run(self) -> None:
        wait = self._first_seconds
        while not self._stop.wait(wait):
            wait = LOOK_SECONDS
            try:
                if self._is_due() and (reason := self._archive()):
                    wait = RETRY_SECONDS
                    self._note(reason)
            except (DatabaseAway, DatabaseRefused, OSError) as error:
                logger.warning("archiver not started", extra={"reason": str(error)})

    def _is_due(self) -> bool:
        """Returns whether the last run is an hour old, and the login may do the next one."""
        with self._connected() as conn, connect.translated():
            row = conn.execute(sql.load("ingest.loader", "archiver_is_due")).fetchone()
        assert row is not None
        is_due, may_archive = row
        if is_due and not may_archive and not self._has_complained:
            self._has_complained = True
            reason = "the login of the loader may not act as stockpulse_owner: let cron do it"
            logger.warning("archiver not started", extra={"reason": reason})
        return bool(is_due and may_archive)

    def _archive(self) -> str | None:
        """Runs the archiver to its end or until a stop; returns why it failed, None if it did not.

        What it prints goes to a file, so that it never waits for this process.
        """
        started = time.monotonic()
        with tempfile.TemporaryFile() as said:
            process = self._start(said)
            while process.poll() is None:
                if self._stop.wait(POLL_SECONDS):
                    _end(process)
                    return None
            said.seek(0)
            lines = said.read().decode(errors="replace").split("\n")
        if process.returncode == 0:
            seconds = round(time.monotonic() - started, 1)
            logger.info("archive brought up to date", extra={"seconds": seconds})
            return None
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        reason = last.removeprefix("stockpulse: ") or f"exit code {process.returncode}"
        if reason.startswith(BUSY):
            return None
        logger.warning("archiver failed", extra={"reason": reason})
        return reason

    def _start(self, said: Any) -> subprocess.Popen[bytes]:
        """Starts the archiver with the settings of the loader, and behind it."""
        given = {
            "STOCKPULSE_DATABASE_URL": self._settings.database_url,
            "STOCKPULSE_WAREHOUSE": self._settings.warehouse,
        }
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=os.environ | {name: value for name, value in given.items() if value},
            start_new_session=True,  # a Ctrl-C is for the loader, which ends it
        )
        with suppress(OSError):  # it has ended
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        return process

    def _note(self, reason: str) -> None:
        with self._connected() as conn, connect.translated():
            conn.execute(sql.load("ingest.loader", "fail_archive"), {"reason": reason})

    def _connected(self) -> psycopg.Connection[Any]:
        return connect.connect(
            self._settings.database_url,
            application_name="stockpulse archiver",
            autocommit=True,
            role="stockpulse_loader",
            primary=True,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asks a run to end, and kills it if it does not; the next one goes on."""
    process.terminate()
    try:
        process.wait(LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
