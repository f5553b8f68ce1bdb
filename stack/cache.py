"""Directories for downloads and for data that is not kept, safe for several processes at once.

A directory that is built appears under its name in one rename. What an interrupted process left
behind is removed by the next one.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

READABLE_BY_ALL = 0o755  # if this process runs as root, PostgreSQL runs as nobody


def root(environ: Mapping[str, str] = os.environ) -> Path:
    """Returns the cache directory, created if missing.

    STOCKPULSE_CACHE, else /var/cache/stockpulse for root and ~/.cache/stockpulse for others.
    """
    if given := environ.get("STOCKPULSE_CACHE"):
        path = Path(given).absolute()
    elif os.geteuid() == 0:
        path = Path("/var/cache/stockpulse")  # the user nobody cannot enter /root
    else:
        path = Path.home() / ".cache" / "stockpulse"
    return directory(path)


def directory(path: Path) -> Path:
    """Returns the directory, created with its parents if missing."""
    if not path.exists():
        directory(path.parent)
        path.mkdir(exist_ok=True)
        path.chmod(READABLE_BY_ALL)
    return path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock file `path`, waiting until it is free."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build(target: Path, make: Callable[[Path], None]) -> Path:
    """Returns the directory `target`; if it is missing, `make` fills it in a temporary place."""
    with locked(directory(target.parent) / f".{target.name}.lock"):
        if not target.exists():
            for interrupted in target.parent.glob(f".{target.name}.building-*"):
                shutil.rmtree(interrupted, ignore_errors=True)
            building = _temporary(target.parent, f".{target.name}.building-")
            try:
                make(building)
                building.rename(target)
            finally:
                shutil.rmtree(building, ignore_errors=True)
    return target


class Scratch:
    """A temporary directory, removed by `close` or, if its process was killed, by the next one."""

    def __init__(self, parent: Path) -> None:
        with locked(directory(parent) / ".lock"):
            _remove_abandoned(parent)
            self.path = _temporary(parent, "run-")
            self._lock = (self.path / "owner.lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Removes the directory and its content."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def _temporary(parent: Path, prefix: str) -> Path:
    path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    path.chmod(READABLE_BY_ALL)
    return path


def _remove_abandoned(parent: Path) -> None:
    """Removes the directories whose owner no longer holds its lock."""
    for lock in parent.glob("run-*/owner.lock"):
        with lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(lock.parent, ignore_errors=True)
