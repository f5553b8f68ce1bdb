"""`stockpulse demo` as a user runs it: its output, its exit code, and no process left."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.server.ports import free_ports
from tests.faults.loaders import ROOT

DEMO_SECONDS = 240.0  # with a first download


@pytest.fixture
def environ() -> dict[str, str]:
    """An environment that marks every process of the demo: they inherit it."""
    return os.environ | {"STOCKPULSE_GROUP": f"demo-{os.getpid()}"}


def _demo(environ: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", "demo", *options],
        cwd=ROOT, env=environ, capture_output=True, text=True, timeout=DEMO_SECONDS, check=False,
    )  # fmt: skip


def test_the_demo_stores_all_it_produces_and_leaves_nothing_behind(
    environ: dict[str, str],
) -> None:
    (port,) = free_ports(1)
    run = _demo(environ, "--seconds", "5", "--port", str(port))
    assert run.returncode == 0, run.stderr[-2000:]
    counts = re.search(r"^ticks +(\d+) produced, (\d+) stored, 0 rejected$", run.stdout, re.M)
    assert counts, run.stdout
    assert int(counts[1]) == int(counts[2]) > 1_000
    assert re.search(r"^latency .* p50 \d+ ms, p99 \d+ ms$", run.stdout, re.M), run.stdout
    for line in (f"chart:  http://127.0.0.1:{port}/", f"docs:   http://127.0.0.1:{port}/docs"):
        assert line in run.stdout.splitlines()
    assert re.search(r"^SQL:    psql 'postgresql://", run.stdout, re.M)
    assert list(_marked(environ["STOCKPULSE_GROUP"])) == []


@pytest.mark.long
def test_the_feed_of_the_demo_is_cut_and_filled(environ: dict[str, str]) -> None:
    (port,) = free_ports(1)
    run = _demo(environ, "--feed", "fake", "--seconds", "5", "--rate", "100", "--port", str(port))
    assert run.returncode == 0, run.stdout + run.stderr[-2000:]
    assert "feed:   the connection is cut for 3 s" in run.stdout
    filled = re.findall(r"^gap: .*; (\d+) trades asked for again$", run.stdout, re.M)
    assert sum(map(int, filled)) > 100, run.stdout  # about 300 were missed
    assert "gap:    none is left (stockpulse gaps list)" in run.stdout
    counts = re.search(r"^ticks +(\d+) produced, (\d+) stored, 0 rejected$", run.stdout, re.M)
    assert counts, run.stdout
    assert int(counts[1]) == int(counts[2])
    assert list(_marked(environ["STOCKPULSE_GROUP"])) == []


def test_a_taken_port_is_an_error_of_one_line(environ: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        run = _demo(environ, "--seconds", "5", "--port", port)
    assert run.returncode == 1
    error = f"port {port} of 127.0.0.1 is in use; choose another with --port"
    assert run.stderr == f"stockpulse: {error}\n"
    assert list(_marked(environ["STOCKPULSE_GROUP"])) == []


def _marked(mark: str) -> Iterator[str]:
    """Yields the command lines of other processes with this mark."""
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            marked = f"STOCKPULSE_GROUP={mark}".encode() in (directory / "environ").read_bytes()
            if marked and directory.name != str(os.getpid()):
                yield (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # the process has just ended
