"""The background process: starts database and broker, restarts either if it dies, stops both.

Run as a module by stack.daemon, which forwards the lines that it prints.
"""

import fcntl
import os
import signal
import sys
import time
from pathlib import Path
from typing import IO, NoReturn

import msgspec

from db.errors import StockpulseError
from stack import broker as brokers
from stack import daemon
from stack import database as databases
from stack.broker import Broker
from stack.database import Database
from stack.server.child import POLL_SECONDS

WATCH_SECONDS = 1.0
LOCK_SECONDS = 1.0


def main() -> None:
    """Runs the stack until SIGTERM."""
    signal.signal(signal.SIGTERM, _end)
    home = daemon.directory(os.environ)
    os.chdir(home)
    with (home / "supervisor.pid").open("a") as lock:
        if not _lock(lock):
            return  # another supervisor is running
        lock.truncate(0)
        print(os.getpid(), file=lock, flush=True)
        state = home / "state.json"
        state.unlink(missing_ok=True)
        try:
            _run(home, state)
        except StockpulseError as error:
            sys.exit(str(error))
        finally:
            state.unlink(missing_ok=True)


def _lock(file: IO[str]) -> bool:
    """Takes the lock; tries for LOCK_SECONDS, because readers hold it for a moment."""
    deadline = time.monotonic() + LOCK_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(POLL_SECONDS)
        else:
            return True
    return False


def _run(home: Path, state: Path) -> None:
    with (
        databases.start(data=home, report=_report) as database,
        brokers.start(data=home, report=_report) as broker,
    ):
        while True:
            _write(state, database, broker)
            time.sleep(WATCH_SECONDS)
            database.start()
            broker.start()


def _write(state: Path, database: Database, broker: Broker) -> None:
    content = daemon.State(
        database_url=database.url,
        bootstrap_servers=broker.bootstrap_servers,
        database=database.description,
        broker=broker.description,
    )
    draft = state.with_suffix(".new")
    draft.touch(mode=0o600)  # contains the password
    draft.write_bytes(msgspec.json.encode(content))
    draft.rename(state)


def _report(line: str) -> None:
    print(line, flush=True)


def _end(_number: int, _frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second signal must not interrupt the stop
    sys.exit(0)


if __name__ == "__main__":
    main()
