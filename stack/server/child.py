"""A server as a direct child process that ends with its parent.

Never daemonised: after a kill -9 of a daemonised server, a restart fails until process 1 has
reaped it.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from db.errors import StockpulseError
from stack.server import launch

POLL_SECONDS = 0.02

# The kernel sends the death signal when the forking thread ends, not when the process ends. So all
# children are forked by one thread that lives as long as the interpreter.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stack-spawner")


class Child:
    """A server process, its log file and the signal that stops it."""

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
                launch_command(command, stop_signal, user),
                stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipes else output,
                stderr=output,
                cwd=cwd,
                env=environ,
                text=True,
                start_new_session=True,  # the parent decides what Ctrl-C stops
            ).result()

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self.process.poll() is None

    def stop(self, seconds: float = 60.0) -> None:
        """Sends the stop signal and waits; kills the process after `seconds`."""
        if self.running:
            self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self._close_pipes()

    def kill(self) -> None:
        """Ends the process with SIGKILL and waits until it is gone."""
        if self.running:
            self.process.kill()
        self.process.wait()
        self._close_pipes()

    def _close_pipes(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def wait_until(self, ready: Callable[[], bool], seconds: float, name: str) -> None:
        """Returns once `ready()` is true.

        Raises StockpulseError with the end of the log if the process exits first, or after
        `seconds`. `name` is how the message names the server.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise StockpulseError(f"{name} exited during startup: {log_tail(self.log)}")
            if time.monotonic() > deadline:
                raise StockpulseError(
                    f"{name} was not ready within {seconds:.0f} s, see {self.log}"
                )
            time.sleep(POLL_SECONDS)


def launch_command(
    command: Sequence[str | Path], death_signal: signal.Signals, user: str
) -> list[str]:
    """Returns `command` wrapped by launch.py: run as `user`, signalled when this process ends."""
    arguments = [str(os.getpid()), str(int(death_signal)), user, *map(str, command)]
    return [sys.executable, "-I", "-S", launch.__file__, *arguments]


def log_tail(log: Path, lines: int = 3) -> str:
    """Returns the last lines of a log file, joined into one."""
    written = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return " | ".join(line.strip() for line in written[-lines:]) or "the log is empty"
