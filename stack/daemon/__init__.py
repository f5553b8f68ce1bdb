"""A stack that outlives the command: a supervisor process in the background.

The supervisor is found by the lock that it holds on its pid file. The lock is never stale and
belongs to the recorded process id, so no other process is ever signalled.
"""

import fcntl
import os
import shlex
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from db.errors import StockpulseError
from stack import cache
from stack.providers import Report, silent
from stack.server.child import POLL_SECONDS, log_tail

ROOT = Path(__file__).parents[2]  # holds the package stack
UP_SECONDS = 600.0  # the first start downloads some 100 MB
DOWN_SECONDS = 120.0
EXPORTED = ("STOCKPULSE_DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS")


class State(msgspec.Struct, frozen=True):
    """Addresses and descriptions of the servers that the supervisor has started."""

    database_url: str
    bootstrap_servers: str
    database: str  # versions and origin, for people
    broker: str


def up(environ: Mapping[str, str] = os.environ, report: Report = silent) -> State:
    """Starts database and broker in the background; returns once both are ready.

    `report` gets each line of progress. Raises StockpulseError if they do not start.
    """
    if state := running(environ):
        report("the stack is already running")
        return state
    log = directory(environ) / "supervisor.log"
    if supervisor_pid(environ) is None:
        log.write_text("")
    supervisor = _spawn(log, _without_exported(environ))
    reported = 0
    deadline = time.monotonic() + UP_SECONDS
    while True:
        state = running(environ)
        lines = log.read_text().splitlines()
        for line in lines[reported:]:
            report(line)
        reported = len(lines)
        if state:
            return state
        if _ended(supervisor) and supervisor_pid(environ) is None:
            raise StockpulseError(f"the stack did not start: {log_tail(log)}")
        if time.monotonic() > deadline:
            raise StockpulseError(f"the stack was not ready within {UP_SECONDS:.0f} s, see {log}")
        time.sleep(POLL_SECONDS)


def down(environ: Mapping[str, str] = os.environ, report: Report = silent) -> None:
    """Stops the servers that `up` has started; their data is kept.

    Raises StockpulseError if the supervisor does not end.
    """
    pid = supervisor_pid(environ)
    if pid is None:
        report("the stack is not running")
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_SECONDS
    while supervisor_pid(environ) == pid:
        if time.monotonic() > deadline:
            raise StockpulseError(f"the supervisor of the stack, process {pid}, does not end")
        time.sleep(POLL_SECONDS)
    report("the stack has stopped; its data is kept")


def env(environ: Mapping[str, str] = os.environ) -> str:
    """Returns shell lines that export the addresses; raises StockpulseError if nothing runs."""
    state = running(environ)
    if state is None:
        raise StockpulseError("the stack is not running; start it with `stockpulse stack up`")
    values = {
        "STOCKPULSE_DATABASE_URL": state.database_url,
        "KAFKA_BOOTSTRAP_SERVERS": state.bootstrap_servers,
    }
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in values.items())


def running(environ: Mapping[str, str] = os.environ) -> State | None:
    """Returns the running stack, None if there is none or it is not ready."""
    file = directory(environ) / "state.json"
    if supervisor_pid(environ) is None or not file.exists():
        return None
    return msgspec.json.decode(file.read_bytes(), type=State)


def directory(environ: Mapping[str, str]) -> Path:
    """Returns the directory of the stack's state and data, created if missing."""
    return cache.directory(cache.root(environ) / "stack")


def supervisor_pid(environ: Mapping[str, str]) -> int | None:
    """Returns the process id of the supervisor that holds the lock, None if there is none."""
    file = directory(environ) / "supervisor.pid"
    if not file.exists():
        return None
    with file.open() as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(opened.read() or 0) or None
    return None


def _without_exported(environ: Mapping[str, str]) -> dict[str, str]:
    """Leaves out the variables that `env` exports: they may name a stack that has stopped."""
    return {name: value for name, value in environ.items() if name not in EXPORTED}


def _spawn(log: Path, environ: Mapping[str, str]) -> int:
    """Starts the supervisor in a session of its own and returns its process id.

    Unlike a Popen object, it may outlive this process without a warning.
    """
    output = (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_APPEND, 0o644)
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "stack.daemon.supervisor"],
        {**environ, "PYTHONPATH": str(ROOT)},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            output,
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG) != (0, 0)
    except ChildProcessError:
        return True
