"""duckdb over Parquet files: no database of its own, two threads, and nothing from the network."""

import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import duckdb

from api.archived.files import properties
from api.archived.work import Task

SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 2,
    "memory_limit": "512MB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
# Of extensions that are a part of the package, and known once it is loaded.
ZONE = "set global TimeZone = 'UTC'"
KEEP_FOOTERS = "set global parquet_metadata_cache = true"  # files never change


class Engine:
    """Runs statements; each has a connection of its own, and all have the files' footers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._conn = duckdb.connect(":memory:", config=SETTINGS)
        for statement in (ZONE, KEEP_FOOTERS):
            self._conn.execute(statement)
        self._schemes: set[str] = set()

    def fetch_row(self, task: Task, statement: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Returns the only row of a statement over `files`; raises duckdb.Error, or GivenUp."""
        self._learn(values["files"][0])
        with self._conn.cursor() as cursor:
            task.interrupt_by(cursor.interrupt)
            try:
                row = cursor.execute(statement, dict(values)).fetchone()
            finally:
                task.interrupt_by(None)
        assert row is not None
        return row

    def close(self) -> None:
        """Frees the memory."""
        self._conn.close()

    def _learn(self, path: str) -> None:
        """Has paths of a scheme, s3://, read by the file system that pyiceberg takes for them."""
        scheme = urlsplit(path).scheme
        if not scheme or scheme in self._schemes:
            return
        from pyiceberg.io.fsspec import FsspecFileIO

        with self._lock:
            if scheme not in self._schemes:
                self._conn.register_filesystem(FsspecFileIO(properties()).get_fs(scheme))
                self._schemes.add(scheme)
