"""The files of a private PostgreSQL cluster: its data, its settings, its password and its sockets.

PostgreSQL refuses to run as root. If this process is root, the server runs as the user nobody, who
then owns the data and the sockets.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from db.edition import Kind
from db.errors import StockpulseError
from stack.database.installation import Installation
from stack.server.child import launch_command
from stack.server.ports import free_ports, port_is_free

SUPERUSER = "postgres"
UNPRIVILEGED = "nobody"
SOCKET_PATH_BYTES = 100  # the kernel allows 107, socket name included
MB = 1024 * 1024

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "timescaledb.enable_parallel_chunk_append": "off",  # may lose rows, see doctor
    "max_connections": "100",
    "max_worker_processes": "24",
    "max_parallel_workers": "2",
    "max_parallel_workers_per_gather": "1",
    # The default of 64 leads to "out of shared memory" at a few thousand chunks.
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
    """Port and password of a cluster, stored beside its data so that they survive a restart."""

    port: int
    password: str


class DataDirectory:
    """The directory `home` of one cluster."""

    def __init__(self, installation: Installation, home: Path) -> None:
        self.installation = installation
        self.home = home.absolute()
        self.data = self.home / "data"
        self.log = self.home / "postgres.log"
        self.user = UNPRIVILEGED if os.geteuid() == 0 else ""
        self._sockets: Path | None = None

    def prepare(self, settings: Mapping[str, str]) -> Access:
        """Makes the directory ready for a start; runs initdb the first time.

        Raises StockpulseError if the server's user cannot read it or another server uses it.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        self._check_permissions()
        if not (self.data / "PG_VERSION").exists():
            self._initialize()
        access = self._load_access()
        self._remove_stale_pid_file()
        if self._sockets is None:
            self._sockets = self._create_sockets()
        self._write_settings(access, settings)
        return access

    def remove_sockets(self) -> None:
        """Removes the directory of the sockets, which may lie outside of `home`."""
        if self._sockets:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    def _check_permissions(self) -> None:
        if not self.user:
            return
        for path in (self.home, self.installation.bindir):
            for parent in (path, *path.resolve().parents):
                if not parent.stat().st_mode & 0o001:
                    raise StockpulseError(
                        f"root runs PostgreSQL as the user {self.user}, who cannot enter {parent}"
                    )

    def _initialize(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # left by an interrupted initdb
        access = Access(free_ports(1)[0], secrets.token_hex(16))
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self._create_owned(fresh)
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
        fresh.rename(self.data)

    def _run(self, program: str, *arguments: str) -> None:
        command = launch_command(
            [self.installation.bindir / program, *arguments], signal.SIGTERM, self.user
        )
        run = subprocess.run(
            command,
            cwd=self.home,
            capture_output=True,
            text=True,
            env=server_environ(),
            check=False,
        )
        if run.returncode:
            raise StockpulseError(f"{program} failed: {' | '.join(run.stderr.split(chr(10))[-4:])}")

    def _load_access(self) -> Access:
        access = msgspec.json.decode((self.home / "access.json").read_bytes(), type=Access)
        if not port_is_free(access.port):
            access = Access(free_ports(1)[0], access.password)
            self._save_access(access)
        return access

    def _save_access(self, access: Access) -> None:
        (file := self.home / "access.json").touch(mode=0o600)
        file.write_bytes(msgspec.json.encode(access))

    def _remove_stale_pid_file(self) -> None:
        """Removes a pid file whose process id belongs to another program by now."""
        file = self.data / "postmaster.pid"
        lines = file.read_text().splitlines() if file.exists() else []
        command_line = Path("/proc") / lines[0].strip() / "cmdline" if lines else None
        if command_line is None or not command_line.exists():
            return
        if b"postgres" in command_line.read_bytes():
            raise StockpulseError(f"{self.data} is in use by process {lines[0].strip()}")
        file.unlink()

    def _create_sockets(self) -> Path:
        sockets = self.home / "sockets"
        if len(os.fsencode(sockets)) > SOCKET_PATH_BYTES:
            sockets = Path(tempfile.mkdtemp(prefix="stockpulse-"))
        self._create_owned(sockets)
        return sockets

    def _write_settings(self, access: Access, settings: Mapping[str, str]) -> None:
        all_settings = {
            **SETTINGS,
            **_memory_settings(),
            **EDITION_SETTINGS[self.installation.edition],
            **settings,
            "port": str(access.port),
            "unix_socket_directories": f'"{self._sockets}"',
        }
        lines = [f"{name} = {_quoted(value)}\n" for name, value in all_settings.items()]
        (self.home / "stockpulse.conf").write_text("".join(lines))

    def _create_owned(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, exist_ok=True)
        self._give(directory)

    def _give(self, path: Path) -> None:
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(path, entry.pw_uid, entry.pw_gid)


def server_environ() -> dict[str, str]:
    """Returns the environment without libpq's variables and locales, which the server would use."""
    unwanted = ("PG", "LC_", "LANG", "TZ", "LD_LIBRARY_PATH")
    return {k: v for k, v in os.environ.items() if not k.startswith(unwanted)}


def _memory_settings() -> dict[str, str]:
    """Returns a modest share of this machine: tests and demo are not alone on it."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MB
    return {
        "shared_buffers": f"{min(512, total // 8)}MB",
        "effective_cache_size": f"{total // 2}MB",
    }


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
