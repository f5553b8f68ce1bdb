"""A standby of a server that the tests started: pg_basebackup of it, streaming since."""

import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest

from stack import cache
from stack.database import Database
from stack.database.cluster import Cluster
from stack.database.data_directory import Access, DataDirectory, server_environ
from stack.server.child import launch_command
from stack.server.ports import free_ports

SETTINGS = {
    "wal_retrieve_retry_interval": "200ms",  # a primary that is back is found at once
    "max_standby_streaming_delay": "0",  # a query in the way of the replay is cancelled at once
    "hot_standby_feedback": "off",
}


class Standby(Cluster):
    """A server that replays what its primary writes; it has the databases of the primary."""

    def _create_database(self) -> None:
        """Leaves the databases as they are: nothing can be written."""


@contextmanager
def standby_of(primary: Database, settings: Mapping[str, str] | None = None) -> Iterator[Standby]:
    """Yields a running standby; skips the test if there are no programs or no server for one."""
    server = primary.server
    if not isinstance(server, Cluster):
        pytest.skip("needs a database that the tests started: this one was given")
    if not (server.installation.bindir / "pg_basebackup").exists():
        pytest.skip(f"needs pg_basebackup, which {server.installation.bindir} has not")
    scratch = cache.Scratch(server.home.parent.parent)
    standby = Standby(server.installation, scratch.path / "standby", SETTINGS | (settings or {}))
    try:
        _copy(server, primary.url, standby.home)
        standby.start()
        try:
            yield standby
        finally:
            standby.stop()
    finally:
        scratch.close()


def _copy(server: Cluster, url: str, home: Path) -> None:
    """Copies the primary's data to `home`, with a port of its own."""
    files = DataDirectory(server.installation, home)
    home.mkdir()
    files._give(home)
    command = [
        server.installation.bindir / "pg_basebackup",
        *("--dbname", url, "--pgdata", files.data, "--write-recovery-conf"),
        *("--wal-method", "stream", "--checkpoint", "fast", "--no-sync"),
    ]
    run = subprocess.run(
        launch_command(command, signal.SIGTERM, files.user),
        cwd=home,
        capture_output=True,
        text=True,
        env=server_environ(),
        check=False,
    )
    assert run.returncode == 0, run.stderr
    access = Access(free_ports(1)[0], urlsplit(url).password or "")
    (home / "access.json").write_bytes(msgspec.json.encode(access))
