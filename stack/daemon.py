"""The stack that outlives a command: a supervisor in the background, found by the lock it holds.

The lock cannot be stale and tells whose the recorded process id is: no other process is ever
signalled.
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
from stack import cache, process
from stack.providers import Say, silent

UP_SECONDS = 600.0  # the first time it fetches some 100 MB
DOWN_SECONDS = 120.0
GIVEN = ("STOCKPULSE_DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS")


class State(msgspec.Struct, frozen=True):
    """What the supervisor has started."""

    database_url: str
    bootstrap_servers: str
    database: str  # what it is, in words
    broker: str


def up(environ: Mapping[str, str] = os.environ, say: Say = silent) -> State:
    """Starts database and broker in the background; returns once both are ready."""
    if state := running(environ):
        say("the stack is up already")
        return state
    log = directory(environ) / "supervisor.log"
    if supervisor_pid(environ) is None:
        log.write_text("")
    supervisor = _spawn(log, _without_given(environ))
    said = 0
    deadline = time.monotonic() + UP_SECONDS
    while True:
        state = running(environ)
        lines = log.read_text().splitlines()
        for line in lines[said:]:
            say(line)
        said = len(lines)
        if state:
            return state
        if _ended(supervisor) and supervisor_pid(environ) is None:
            raise StockpulseError(f"the stack did not start: {process.tail(log)}")
        if time.monotonic() > deadline:
            raise StockpulseError(f"the stack was not ready in {UP_SECONDS:.0f} s, see {log}")
        time.sleep(process.POLL_SECONDS)


def down(environ: Mapping[str, str] = os.environ, say: Say = silent) -> None:
    """Stops what `up` has started; its data stay."""
    pid = supervisor_pid(environ)
    if pid is None:
        say("the stack is not up")
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_SECONDS
    while supervisor_pid(environ) == pid:
        if time.monotonic() > deadline:
            raise StockpulseError(f"the stack's process {pid} does not end")
        time.sleep(process.POLL_SECONDS)
    say("the stack is down, its data stay")


def env(environ: Mapping[str, str] = os.environ) -> str:
    """Returns the shell lines that point every command at the stack."""
    state = running(environ)
    if state is None:
        raise StockpulseError("the stack is not up: start it by `stockpulse stack up`")
    values = {
        "STOCKPULSE_DATABASE_URL": state.database_url,
        "KAFKA_BOOTSTRAP_SERVERS": state.bootstrap_servers,
    }
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in values.items())


def running(environ: Mapping[str, str] = os.environ) -> State | None:
    """Returns what is up, None if nothing is or not yet."""
    file = directory(environ) / "state.json"
    if supervisor_pid(environ) is None or not file.exists():
        return None
    return msgspec.json.decode(file.read_bytes(), type=State)


def directory(environ: Mapping[str, str]) -> Path:
    """Returns where the stack keeps its state and its data."""
    return cache.directory(cache.root(environ) / "stack")


def supervisor_pid(environ: Mapping[str, str]) -> int | None:
    """Returns the process id of the supervisor that holds the lock, None if nobody does."""
    file = directory(environ) / "supervisor.pid"
    if not file.exists():
        return None
    with file.open() as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(opened.read() or 0) or None
    return None


def _without_given(environ: Mapping[str, str]) -> dict[str, str]:
    """Leaves out what `env` has exported: it may name a stack that is down."""
    return {name: value for name, value in environ.items() if name not in GIVEN}


def _spawn(log: Path, environ: Mapping[str, str]) -> int:
    """Starts the supervisor in a session of its own; unlike Popen it may outlive us unwaited."""
    output = (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_APPEND, 0o644)
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "stack.supervisor"],
        {**environ, "PYTHONPATH": str(Path(__file__).parents[1])},
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
