"""A private cluster survives what happens to processes."""

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
from stack.cluster import Cluster
from stack.found import Installation
from tests import support

OWNER = """
import sys, time
from pathlib import Path
from stack import found
from stack.cluster import Cluster
cluster = Cluster(found.inspect(Path(sys.argv[1])), Path(sys.argv[2]))
cluster.start()
print(cluster.pid, flush=True)
sys.stdin.read()
"""


def numbers(url: str) -> list[int]:
    with psycopg.connect(url) as conn:
        return [n for (n,) in conn.execute("select n from numbers order by n")]


def test_killed_postmaster_comes_back_with_what_was_committed(cluster: Cluster) -> None:
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


def test_data_and_address_survive_a_stop_in_another_object(
    installation: Installation, directory: Path
) -> None:
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


def test_second_start_of_a_running_cluster_changes_nothing(cluster: Cluster) -> None:
    pid = cluster.pid
    cluster.start()
    assert cluster.pid == pid


def test_directory_in_use_is_refused(cluster: Cluster) -> None:
    with pytest.raises(StockpulseError, match=f"in use by process {cluster.pid}"):
        Cluster(cluster.installation, cluster.home).start()


def test_pid_file_of_a_foreign_process_is_forgotten(cluster: Cluster) -> None:
    cluster.kill()
    file = cluster.home / "data" / "postmaster.pid"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    cluster.start()
    assert psycopg.connect(cluster.url).close() is None


def test_caller_settings_win(installation: Installation, directory: Path) -> None:
    cluster = Cluster(installation, directory / "postgres", {"work_mem": "5MB"})
    cluster.start()
    try:
        with psycopg.connect(cluster.url) as conn:
            assert conn.execute("show work_mem").fetchone() == ("5MB",)
            assert conn.execute("show timezone").fetchone() == ("UTC",)
    finally:
        cluster.stop()


def test_stranger_without_the_password_is_refused(cluster: Cluster) -> None:
    known = conninfo_to_dict(cluster.url)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=known["port"], user="postgres", password="guess")


def test_server_started_by_a_thread_outlives_the_thread(
    installation: Installation, directory: Path
) -> None:
    cluster = Cluster(installation, directory / "postgres")
    thread = threading.Thread(target=cluster.start)
    thread.start()
    thread.join()
    try:
        with psycopg.connect(cluster.url) as conn:
            # A death signal would have begun a shutdown, which refuses new connections.
            assert conn.execute("select 1").fetchone() == (1,)
        psycopg.connect(cluster.url).close()
    finally:
        cluster.stop()


def test_server_ends_with_the_process_that_started_it(
    installation: Installation, directory: Path
) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(installation.bindir), str(directory / "postgres")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
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
