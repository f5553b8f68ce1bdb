"""A private cluster through crashes, restarts and the end of its parent."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from db.errors import StockpulseError
from stack.database.cluster import Cluster
from stack.database.installation import Installation
from tests import support

OWNER = """
import sys, time
from pathlib import Path
from stack.database.cluster import Cluster
from stack.database.installation import inspect
cluster = Cluster(inspect(Path(sys.argv[1])), Path(sys.argv[2]))
cluster.start()
print(cluster.pid, flush=True)
sys.stdin.read()
"""


def numbers(url: str) -> list[int]:
    with psycopg.connect(url) as conn:
        return [n for (n,) in conn.execute("select n from numbers order by n")]


def test_committed_rows_survive_a_killed_postmaster(cluster: Cluster) -> None:
    url = cluster.url
    with psycopg.connect(url, autocommit=True) as busy:
        busy.execute("create table numbers (n int)")
        busy.execute("insert into numbers select generate_series(1, 1000)")
        busy.execute("begin")
        busy.execute("insert into numbers values (0)")  # never committed
        cluster.kill()
        cluster.start()
        with pytest.raises(psycopg.OperationalError):
            busy.commit()
    assert cluster.url == url
    assert numbers(url) == list(range(1, 1001))


def test_data_and_address_survive_a_stop(installation: Installation, directory: Path) -> None:
    first = Cluster(installation, directory / "postgres")
    first.start()
    with psycopg.connect(first.url) as conn:
        conn.execute("create extension timescaledb")
        conn.execute("create table numbers as select 7 as n")
    first.stop()
    second = Cluster(installation, directory / "postgres")
    second.start()
    try:
        assert second.url == first.url
        assert numbers(second.url) == [7]
    finally:
        second.stop()


def test_starting_a_running_cluster_has_no_effect(cluster: Cluster) -> None:
    pid = cluster.pid
    cluster.start()
    assert cluster.pid == pid


def test_a_directory_in_use_is_refused(cluster: Cluster) -> None:
    with pytest.raises(StockpulseError, match=f"in use by process {cluster.pid}"):
        Cluster(cluster.installation, cluster.home).start()


def test_a_pid_file_that_names_another_program_is_removed(cluster: Cluster) -> None:
    cluster.kill()
    file = cluster.home / "data" / "postmaster.pid"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    cluster.start()
    assert psycopg.connect(cluster.url).close() is None


def test_given_settings_override_the_defaults(installation: Installation, directory: Path) -> None:
    cluster = Cluster(installation, directory / "postgres", {"work_mem": "5MB"})
    cluster.start()
    try:
        with psycopg.connect(cluster.url) as conn:
            assert conn.execute("show work_mem").fetchone() == ("5MB",)
            assert conn.execute("show timezone").fetchone() == ("UTC",)
    finally:
        cluster.stop()


def test_a_wrong_password_is_refused(cluster: Cluster) -> None:
    known = conninfo_to_dict(cluster.url)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=known["port"], user="postgres", password="guess")


def test_the_server_outlives_the_thread_that_started_it(
    installation: Installation, directory: Path
) -> None:
    cluster = Cluster(installation, directory / "postgres")
    thread = threading.Thread(target=cluster.start)
    thread.start()
    thread.join()
    try:
        with psycopg.connect(cluster.url) as conn:
            # A death signal would have started a shutdown, which refuses new connections.
            assert conn.execute("select 1").fetchone() == (1,)
        psycopg.connect(cluster.url).close()
    finally:
        cluster.stop()


def test_the_server_ends_with_the_process_that_started_it(
    installation: Installation, directory: Path
) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(installation.bindir), str(directory / "postgres")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    with owner:
        assert owner.stdout is not None
        postmaster = int(owner.stdout.readline())
        assert running(postmaster)
        owner.send_signal(signal.SIGKILL)
    support.wait_until(lambda: not running(postmaster), "the postmaster ends")


def running(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
