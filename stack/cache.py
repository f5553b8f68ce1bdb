"""Where downloads and throw-away data live, safe for several processes at once.

What is built appears under its name in one rename; what was interrupted is swept by the next.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

READABLE_BY_ALL = 0o755  # postgres runs as nobody when we are root


def root(environ: Mapping[str, str] = os.environ) -> Path:
    """Returns the cache's directory, made if missing."""
    if given := environ.get("STOCKPULSE_CACHE"):
        path = Path(given).absolute()
    elif os.geteuid() == 0:
        path = Path("/var/cache/stockpulse")  # nobody may not enter /root
    else:
        path = Path.home() / ".cache" / "stockpulse"
    return directory(path)


def directory(path: Path) -> Path:
    """Returns the directory, made with its parents if missing."""
    if not path.exists():
        directory(path.parent)
        path.mkdir(exist_ok=True)
        path.chmod(READABLE_BY_ALL)
    return path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock file `path`, waiting for whoever has it."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build(target: Path, make: Callable[[Path], None]) -> Path:
    """Returns `target`, after `make` has filled it in a temporary directory if it is missing."""
    with locked(directory(target.parent) / f".{target.name}.lock"):
        if not target.exists():
            for left in target.parent.glob(f".{target.name}.building-*"):
                shutil.rmtree(left, ignore_errors=True)
            building = _temporary(target.parent, f".{target.name}.building-")
            try:
                make(building)
                building.rename(target)
            finally:
                shutil.rmtree(building, ignore_errors=True)
    return target


class Scratch:
    """A throw-away directory, removed by `close` or, if we were killed, by whoever comes next."""

    def __init__(self, parent: Path) -> None:
        with locked(directory(parent) / ".lock"):
            _sweep(parent)
            self.path = _temporary(parent, "run-")
            self._lock = (self.path / "owner.lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Removes the directory and all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def _temporary(parent: Path, prefix: str) -> Path:
    path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    path.chmod(READABLE_BY_ALL)
    return path


def _sweep(parent: Path) -> None:
    for lock in parent.glob("run-*/owner.lock"):
        with lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(lock.parent, ignore_errors=True)
