"""A private PostgreSQL cluster: one data directory, one port, one postmaster that is our child.

Listens on 127.0.0.1 and in a socket directory of its own, with a password of its own.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
import psycopg
from psycopg import sql
from psycopg.errors import UndefinedObject

from db.edition import Kind
from db.errors import StockpulseError
from stack import process
from stack.found import Installation

DATABASE = "stockpulse"
SUPERUSER = "postgres"
UNPRIVILEGED = "nobody"  # postgres and initdb refuse root
START_SECONDS = 120.0  # crash recovery of up to max_wal_size included
SOCKET_PATH_BYTES = 100  # of the 107 that the kernel allows, the rest is the socket's name
MB = 1024 * 1024

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "max_connections": "100",
    "max_worker_processes": "24",
    "max_parallel_workers": "2",
    "max_parallel_workers_per_gather": "1",
    # The default of 64 gives "out of shared memory" at a few thousand chunks.
    "max_locks_per_transaction": "512",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "autovacuum_naptime": "10s",
    "shared_preload_libraries": "timescaledb",
    "timescaledb.telemetry_level": "off",
}
EDITION_SETTINGS: dict[Kind, dict[str, str]] = {
    "community": {"timescaledb.max_background_workers": "8"},
    # The built-in jobs need the Community licence: each would log an error every hour.
    "apache": {"timescaledb.license": "apache", "timescaledb.max_background_workers": "0"},
}


class Access(msgspec.Struct, frozen=True):
    """What a client needs to know; kept beside the data, so that it survives a restart."""

    port: int
    password: str


class Cluster:
    """A cluster in the directory `home`, made by the first start."""

    def __init__(
        self, installation: Installation, home: Path, settings: Mapping[str, str] | None = None
    ) -> None:
        self.installation = installation
        self.home = home.absolute()
        self.settings = settings or {}
        self.user = UNPRIVILEGED if os.geteuid() == 0 else ""
        self._data = self.home / "data"
        self._log = self.home / "postgres.log"
        self._sockets: Path | None = None
        self._access: Access | None = None
        self._child: process.Child | None = None

    @property
    def url(self) -> str:
        """The superuser's connection URI of the database stockpulse."""
        return self._url(DATABASE)

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        return self._running_child().process.pid

    def start(self) -> None:
        """Starts the postmaster, recovering if it was killed; returns once it takes connections."""
        if self._child and self._child.running:
            return
        self._prepare()
        deadline = time.monotonic() + START_SECONDS
        while not self._started():
            # Backends outlive a killed postmaster by a moment and hold its shared memory.
            if time.monotonic() > deadline:
                raise StockpulseError(f"PostgreSQL does not start: {process.tail(self._log)}")
            time.sleep(process.POLL_SECONDS)
        self._create_database()

    def stop(self) -> None:
        """Ends it cleanly: connections are cut, a checkpoint is written."""
        if self._child:
            self._child.stop()
            self._child = None
        self._remove_sockets()

    def kill(self) -> None:
        """Ends the postmaster by SIGKILL, as a crash would."""
        self._running_child().kill()
        self._child = None

    def _running_child(self) -> process.Child:
        if self._child is None:
            raise StockpulseError("PostgreSQL is not running")
        return self._child

    def _prepare(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self._check_reach()
        if not (self._data / "PG_VERSION").exists():
            self._initialize()
        self._access = self._load_access()
        self._forget_foreign_postmaster()
        if self._sockets is None:
            self._sockets = self._make_sockets()
        self._write_settings()

    def _check_reach(self) -> None:
        """Raises when the unprivileged user may not come as far as its files."""
        if not self.user:
            return
        for path in (self.home, self.installation.bindir):
            for parent in (path, *path.resolve().parents):
                if not parent.stat().st_mode & 0o001:
                    raise StockpulseError(
                        f"{self.user} runs PostgreSQL for root but may not enter {parent}"
                    )

    def _initialize(self) -> None:
        shutil.rmtree(self._data, ignore_errors=True)  # of an initdb that was interrupted
        access = Access(process.free_ports(1)[0], secrets.token_hex(16))
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self._own(fresh)
        with tempfile.NamedTemporaryFile("w", dir=self.home) as password:
            password.write(access.password)
            password.flush()
            self._give(Path(password.name))
            self._run(
                "initdb",
                *("--username", SUPERUSER, "--pwfile", password.name, "--auth", "scram-sha-256"),
                *("--locale", "C", "--encoding", "UTF8", "--no-sync", "--pgdata", str(fresh)),
            )
        with (fresh / "postgresql.conf").open("a") as configuration:
            configuration.write("include '../stockpulse.conf'\n")
        self._save_access(access)
        fresh.rename(self._data)

    def _run(self, program: str, *arguments: str) -> None:
        command = process.launched(
            [self.installation.bindir / program, *arguments], signal.SIGTERM, self.user
        )
        run = subprocess.run(
            command, cwd=self.home, capture_output=True, text=True, env=self._environ(), check=False
        )
        if run.returncode:
            raise StockpulseError(f"{program} failed: {' | '.join(run.stderr.split(chr(10))[-4:])}")

    def _load_access(self) -> Access:
        access = msgspec.json.decode((self.home / "access.json").read_bytes(), type=Access)
        if not process.port_is_free(access.port):
            access = Access(process.free_ports(1)[0], access.password)
            self._save_access(access)
        return access

    def _save_access(self, access: Access) -> None:
        (file := self.home / "access.json").touch(mode=0o600)
        file.write_bytes(msgspec.json.encode(access))

    def _forget_foreign_postmaster(self) -> None:
        """Removes a pid file whose process id belongs to another program by now."""
        file = self._data / "postmaster.pid"
        lines = file.read_text().splitlines() if file.exists() else []
        command_line = Path("/proc") / lines[0].strip() / "cmdline" if lines else None
        if command_line is None or not command_line.exists():
            return
        if b"postgres" in command_line.read_bytes():
            raise StockpulseError(f"{self._data} is in use by process {lines[0].strip()}")
        file.unlink()

    def _make_sockets(self) -> Path:
        sockets = self.home / "sockets"
        if len(os.fsencode(sockets)) > SOCKET_PATH_BYTES:
            sockets = Path(tempfile.mkdtemp(prefix="stockpulse-"))
        self._own(sockets)
        return sockets

    def _remove_sockets(self) -> None:
        if self._sockets:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    def _write_settings(self) -> None:
        settings = {
            **SETTINGS,
            **_memory_settings(),
            **EDITION_SETTINGS[self.installation.edition],
            **self.settings,
            "port": str(self._known_access().port),
            "unix_socket_directories": f'"{self._sockets}"',
        }
        lines = [f"{name} = {_quoted(value)}\n" for name, value in settings.items()]
        (self.home / "stockpulse.conf").write_text("".join(lines))

    def _started(self) -> bool:
        """Starts the postmaster once; False when an earlier one's memory is still in use."""
        written = self._log.stat().st_size if self._log.exists() else 0
        child = self._child = process.Child(
            [self.installation.bindir / "postgres", "-D", self._data],
            log=self._log,
            cwd=self.home,
            user=self.user,
            environ=self._environ(),
            stop_signal=signal.SIGINT,
        )
        try:
            child.wait_until(self._answers, START_SECONDS, "PostgreSQL")
        except BaseException as error:
            child.kill()
            self._child = None
            said = self._log.read_bytes()[written:]
            if isinstance(error, StockpulseError) and b"pre-existing shared memory block" in said:
                return False
            raise
        return True

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _create_database(self) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as conn:
            query = "select from pg_database where datname = %s"
            if conn.execute(query, [DATABASE]).rowcount:
                self._update_extension()
            else:
                conn.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))

    def _update_extension(self) -> None:
        """Brings data of an older TimescaleDB to the installed one, which could not read them."""
        with psycopg.connect(self.url, autocommit=True) as conn, suppress(UndefinedObject):
            # It must be the session's first command. No such extension: not migrated yet.
            conn.execute("alter extension timescaledb update")

    def _url(self, database: str) -> str:
        access = self._known_access()
        return f"postgresql://{SUPERUSER}:{access.password}@127.0.0.1:{access.port}/{database}"

    def _known_access(self) -> Access:
        if self._access is None:
            raise StockpulseError("PostgreSQL was never started")
        return self._access

    def _environ(self) -> dict[str, str]:
        """The environment without libpq's variables and locales, which the server would read."""
        unwanted = ("PG", "LC_", "LANG", "TZ", "LD_LIBRARY_PATH")
        return {k: v for k, v in os.environ.items() if not k.startswith(unwanted)}

    def _own(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, exist_ok=True)
        self._give(directory)

    def _give(self, path: Path) -> None:
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(path, entry.pw_uid, entry.pw_gid)


def _memory_settings() -> dict[str, str]:
    """A modest share of this machine: tests and demo run beside other things."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MB
    return {
        "shared_buffers": f"{min(512, total // 8)}MB",
        "effective_cache_size": f"{total // 2}MB",
    }


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
