"""Servers on machines of their own: a directory stands for a machine, pg_ctl starts its server.

A runbook changes and starts them, so nothing here remembers whether one is running.
"""

import os
import pwd
import signal
from contextlib import suppress
from pathlib import Path

from stack import cache
from stack.database.data_directory import EDITION_SETTINGS, SETTINGS, SUPERUSER, UNPRIVILEGED
from stack.database.installation import Installation
from stack.server.ports import free_ports
from tests import support
from tests.operations import runbook

PASSWORD = "secret"  # of every server: a runbook copies roles from one to the other
SMALL = {
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "5min",
    "wal_retrieve_retry_interval": "200ms",  # a primary that is back is found at once
    "wal_log_hints": "on",  # as failover.md asks for
    "max_connections": "50",
}
DATABASE = "stockpulse"
INITDB = "--locale=C --encoding=UTF8"


class Machine:
    """A machine with PostgreSQL installed; `data` is its data directory, maybe empty."""

    def __init__(self, installation: Installation, home: Path) -> None:
        self.installation = installation
        self.home = home
        self.data = home / "data"
        self.port = free_ports(1)[0]
        cache.directory(home)
        self._own(home)
        sockets = home / "sockets"
        sockets.mkdir()
        self._own(sockets)
        settings = {
            **SETTINGS,
            **EDITION_SETTINGS[installation.edition],
            **SMALL,
            "port": str(self.port),
            "unix_socket_directories": str(sockets),
        }
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        (home / "stockpulse.conf").write_text("".join(lines))
        (home / "password").write_text(PASSWORD)

    def create(self) -> None:
        """Makes its server's data and starts it, with an empty database."""
        options = f"--username={SUPERUSER} --auth=scram-sha-256 --no-sync {INITDB}"
        self.run(
            f'initdb --pgdata="$PGDATA" --pwfile="{self.home}/password" {options}\n'
            'echo "include \'../stockpulse.conf\'" >> "$PGDATA/postgresql.conf"\n'
        )
        self.start()
        support.execute(self.url_of("postgres"), "create database {name}", name=DATABASE)

    @property
    def url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    @property
    def bindir(self) -> Path:
        """The directory of its programs."""
        return runbook.commands(self.home, self.installation.bindir)

    @property
    def environ(self) -> dict[str, str]:
        """The variables of a shell on the machine."""
        return {
            "SCRATCH": str(self.home),
            "PATH": f"{self.bindir}:{os.environ['PATH']}",
            "PGDATA": str(self.data),
            "PGPASSWORD": PASSWORD,
            "HOME": str(self.home),
        }

    def run(self, code: str, **environ: str) -> str:
        """Runs commands on the machine."""
        return runbook.run(code, self.environ | environ)

    def start(self) -> None:
        self.run('pg_ctl start --wait --silent --pgdata="$PGDATA" --log="$PGDATA/../postgres.log"')

    def crash(self) -> None:
        """Ends its server as a loss of power would; returns once none of its processes is left."""
        file = self.data / "postmaster.pid"
        os.kill(int(file.read_text().split()[0]), signal.SIGKILL)
        support.wait_until(lambda: not _processes_in(self.data), "the end of its processes")
        # Its process may be a zombie here, which PostgreSQL takes for a running one.
        for lock in (file, *self.data.parent.glob("sockets/.s.PGSQL.*.lock")):
            lock.unlink()

    def stop(self) -> None:
        """Ends its server if it runs; it is not used again."""
        if (self.data / "postmaster.pid").exists():
            stop = 'pg_ctl stop --mode=immediate --silent --pgdata="$PGDATA"'
            runbook.run(stop, self.environ, fails=True)

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            entry = pwd.getpwnam(UNPRIVILEGED)
            os.chown(path, entry.pw_uid, entry.pw_gid)


def _processes_in(directory: Path) -> list[str]:
    """Returns the processes that work in a directory, as all of a server do in its data."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == directory:
                found.append(process.name)
    return found
