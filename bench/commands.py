"""Commands of the package that run beside a measurement."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def running(environ: dict[str, str], *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Runs `stockpulse` with some words, silently, and ends it at the exit; gives the process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "--quiet", *words],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
