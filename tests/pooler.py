"""A PgBouncer before a database server, and what its sessions there are left with."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from stack.database.data_directory import UNPRIVILEGED
from stack.server.child import Child
from stack.server.ports import free_ports, port_is_free

PROGRAM = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
START_SECONDS = 10.0
MOST_CLIENTS = 40

CONFIG = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = plain
auth_file = {folder}/users.txt
pool_mode = {mode}
default_pool_size = {size}
max_client_conn = 200
server_reset_query =
"""


@contextmanager
def pooler_of(url: str, mode: str, size: int = 30) -> Iterator[str]:
    """Gives the URL of a database through a PgBouncer, which cleans no session itself.

    Skips the test if there is no PgBouncer.
    """
    if not Path(PROGRAM).exists():
        pytest.skip("needs PgBouncer, Debian's package pgbouncer")
    at = urlsplit(url)
    with TemporaryDirectory(prefix="pgbouncer-") as name:
        folder = Path(name)
        own_port = free_ports(1)[0]
        config = folder / "pgbouncer.ini"
        config.write_text(
            CONFIG.format(
                host=at.hostname, port=at.port, own_port=own_port, folder=name, mode=mode, size=size
            )
        )
        (folder / "users.txt").write_text(f'"{at.username}" "{at.password}"\n')
        folder.chmod(0o755)
        child = Child(
            [PROGRAM, config],
            log=folder / "log",
            cwd=folder,
            user=UNPRIVILEGED if os.geteuid() == 0 else "",
        )
        try:
            child.wait_until(lambda: not port_is_free(own_port), START_SECONDS, "PgBouncer")
            yield urlunsplit(
                at._replace(netloc=f"{at.username}:{at.password}@{at.hostname}:{own_port}")
            )
        finally:
            child.stop()


def left_behind(pooled: str, direct: str) -> dict[str, object]:
    """Returns what differs for a client of the pool from a client of the server itself.

    Looks at every session that the pool has; its transactions are held open until all were seen.
    """
    with psycopg.connect(direct, autocommit=True) as conn:
        settings = _settings(conn)
        sessions = {
            pid
            for (pid,) in conn.execute(
                "select pid from pg_stat_activity where datname = current_database()"
                " and backend_type = 'client backend' and pid <> pg_backend_pid()"
            )
        }
    found: dict[str, object] = {}
    with ExitStack() as clients:
        for _ in range(MOST_CLIENTS):
            conn = clients.enter_context(psycopg.connect(pooled))
            row = conn.execute(STATE).fetchone()
            assert row is not None
            pid, *state = row
            sessions.discard(pid)
            found |= {name: value for name, value in zip(NAMES, state, strict=True) if value}
            found |= {
                name: value
                for name, value in _settings(conn).items()
                if value != settings.get(name, value)  # a library that was loaded brings its own
            }
            if not sessions:
                return found
    raise AssertionError(f"sessions of the pool that no client got: {sessions}")


NAMES = ("role", "prepared", "locks", "channels", "temporary")
STATE = """
select
    pg_backend_pid(),
    nullif(current_user, session_user),
    (select array_agg(name || ': ' || statement) from pg_prepared_statements),
    (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()),
    (select array_agg(channel) from pg_listening_channels() as channel),
    (select array_agg(relname) from pg_class where relnamespace = pg_my_temp_schema())
"""


def _settings(conn: psycopg.Connection[Any]) -> dict[str, str]:
    rows = conn.execute(
        "select name, setting from pg_settings"
        " where name not in ('application_name', 'transaction_isolation', 'transaction_read_only')"
    )
    return dict(rows.fetchall())
