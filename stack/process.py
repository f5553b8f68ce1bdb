"""A server as a direct child that ends with us: started, waited for, stopped or killed.

Never a daemon: after kill -9 of a daemonised server the next start would have to wait until
process 1 has reaped it.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from db.errors import StockpulseError
from stack import launch

POLL_SECONDS = 0.02
SERVER_PORTS = range(20_000, 32_768)  # below those that Linux gives to outgoing connections
_random = random.SystemRandom()  # tests seed the common one, and would all choose alike

# The kernel sends the death signal when the thread that forked ends, not the process: children
# are forked by one thread that lives as long as the interpreter.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stack-spawner")


class Child:
    """A server process, its log file and how it is asked to stop."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        cwd: Path,
        user: str = "",
        environ: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        pipes: bool = False,
    ) -> None:
        self.log = log
        self.stop_signal = stop_signal
        with log.open("ab") as output:
            self.process: subprocess.Popen[str] = _spawner.submit(
                subprocess.Popen,
                launched(command, stop_signal, user),
                stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipes else output,
                stderr=output,
                cwd=cwd,
                env=environ,
                text=True,
                start_new_session=True,  # Ctrl-C is ours to pass on
            ).result()

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self.process.poll() is None

    def stop(self, seconds: float = 60.0) -> None:
        """Asks the process to end and waits; after `seconds` it is killed."""
        if self.running:
            self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self._close_pipes()

    def kill(self) -> None:
        """Ends the process by SIGKILL and waits until it is gone."""
        if self.running:
            self.process.kill()
        self.process.wait()
        self._close_pipes()

    def _close_pipes(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def wait_until(self, ready: Callable[[], bool], seconds: float, what: str) -> None:
        """Returns once `ready()` is true; raises with the log's end if the process ends first."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise StockpulseError(f"{what} ended at its start: {self.last_words()}")
            if time.monotonic() > deadline:
                raise StockpulseError(
                    f"{what} was not ready within {seconds:.0f} s, see {self.log}"
                )
            time.sleep(POLL_SECONDS)

    def last_words(self, lines: int = 3) -> str:
        """Returns the end of the log as one line."""
        return tail(self.log, lines)


def launched(command: Sequence[str | Path], death_signal: signal.Signals, user: str) -> list[str]:
    """Returns the command that becomes `command`, as `user`, signalled when we end."""
    told = [str(os.getpid()), str(int(death_signal)), user]
    return [sys.executable, "-I", "-S", launch.__file__, *told, *map(str, command)]


def tail(log: Path, lines: int = 3) -> str:
    """Returns the last lines of a log file, joined into one."""
    written = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return " | ".join(line.strip() for line in written[-lines:]) or "it said nothing"


def free_ports(count: int) -> list[int]:
    """Returns TCP ports of 127.0.0.1 that nobody listens on, each different.

    None is of those that outgoing connections take: one of them, perhaps a client's of the very
    server, could hold it while the server restarts.
    """
    shuffled = _random.sample(SERVER_PORTS, len(SERVER_PORTS))
    return list(islice(filter(port_is_free, shuffled), count))


def port_is_free(port: int) -> bool:
    """Returns whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
