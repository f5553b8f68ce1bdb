"""Owns the background stack: starts database and broker, restarts one that dies, ends both.

Run as a module by stack.daemon, which reads what it prints.
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
from stack import daemon, process
from stack import database as databases
from stack.broker import Broker
from stack.database import Database

WATCH_SECONDS = 1.0
LOCK_SECONDS = 1.0


def main() -> None:
    """Runs the stack until a SIGTERM."""
    signal.signal(signal.SIGTERM, _end)
    home = daemon.directory(os.environ)
    os.chdir(home)
    with (home / "supervisor.pid").open("a") as lock:
        if not _lock(lock):
            return  # another one is at it
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
    """Takes the lock; who only looks at it holds it for a moment, so one refusal says nothing."""
    deadline = time.monotonic() + LOCK_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(process.POLL_SECONDS)
        else:
            return True
    return False


def _run(home: Path, state: Path) -> None:
    with (
        databases.start(data=home, say=_say) as database,
        brokers.start(data=home, say=_say) as broker,
    ):
        while True:
            _write(state, database, broker)
            time.sleep(WATCH_SECONDS)
            database.start()
            broker.start()


def _write(state: Path, database: Database, broker: Broker) -> None:
    told = daemon.State(
        database_url=database.url,
        bootstrap_servers=broker.bootstrap_servers,
        database=database.description,
        broker=broker.description,
    )
    draft = state.with_suffix(".new")
    draft.touch(mode=0o600)  # it holds the password
    draft.write_bytes(msgspec.json.encode(told))
    draft.rename(state)


def _say(line: str) -> None:
    print(line, flush=True)


def _end(_number: int, _frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: let it end what it started
    sys.exit(0)


if __name__ == "__main__":
    main()
