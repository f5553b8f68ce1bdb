"""Measures the stream beside a loop of SELECTs: p99 from produce to client, and memory.

The same machine runs the broker, the loader, the database, the API and the clients. Prints a table
and writes build/bench-stream.json.
"""

import argparse
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.commands import running
from cli.latency_probe import LatencyProbe
from db import connect, migrate
from stack import broker as brokers
from stack import database as databases

REPORT = Path("build/bench-stream.json")
PORT = 18978
SYMBOLS = [f"SYM{number:03}" for number in range(100)]
WARM_SECONDS = 10
LOOK_SECONDS = 0.01  # between two SELECTs of the loop
WIRES = ("sse", "websocket")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=2000, help="trades per second")
    parser.add_argument("--seconds", type=int, default=30, help="per row")
    parser.add_argument("--clients", type=int, nargs="+", default=[20, 500])
    given = parser.parse_args()
    rows = []
    with databases.start(report=print) as database, brokers.start(report=print) as broker:
        migrate.upgrade(database.url)
        environ = {
            "STOCKPULSE_DATABASE_URL": database.url,
            "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        }
        simulation = ("--rate", str(given.rate), "--symbols", ",".join(SYMBOLS))
        with running(environ, "load"), running(environ, "publish", "simulate", *simulation):
            _wait_for_trades(database.url)
            rows.append({"wire": "SELECT alone"} | _beside(database.url, given.seconds, None))
            for clients in given.clients:
                for wire in WIRES:
                    rows.append(_row(database.url, environ, clients, wire, given.seconds))
                    print(json.dumps(rows[-1]), flush=True)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(rows, indent=2))
    for row in rows:
        print(row)


def _row(
    url: str, environ: dict[str, str], clients: int, wire: str, seconds: int
) -> dict[str, Any]:
    with running(environ, "serve", "--port", str(PORT)) as server:
        time.sleep(2)
        before = _megabytes(server.pid)
        command = [
            sys.executable, "-m", "bench.stream.clients", "--port", str(PORT),
            "--clients", str(clients), "--wire", wire, "--seconds", str(seconds),
            "--warm", str(WARM_SECONDS), "--symbols", ",".join(SYMBOLS),
        ]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
            time.sleep(WARM_SECONDS)
            select = _beside(url, seconds - 2, server.pid)
            text, _ = started.communicate()
        found = json.loads(text)
    return {
        "clients": clients, "wire": wire, **found, "select_p99_ms": select["p99_ms"],
        "ratio": round(found["p99_ms"] / select["p99_ms"], 2),
        "idle_mb": before, "peak_mb": select["peak_mb"],
    }  # fmt: skip


def _beside(url: str, seconds: float, pid: int | None) -> dict[str, Any]:
    """Returns the latencies of a loop of SELECTs, and the most memory of a process meanwhile."""
    peak = 0
    with connect.connect(url, application_name="bench", autocommit=True) as conn:
        probe = LatencyProbe(conn, SYMBOLS, datetime.now(UTC))
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            probe.poll()
            peak = max(peak, _megabytes(pid)) if pid else 0
            time.sleep(LOOK_SECONDS)
    p50, p99 = probe.percentiles()
    return {"p50_ms": round(p50, 1), "p99_ms": round(p99, 1), "peak_mb": peak}


def _wait_for_trades(url: str) -> None:
    with connect.connect(url, application_name="bench", autocommit=True) as conn:
        while conn.execute("select exists (select from market.trades)").fetchone() != (True,):
            time.sleep(0.1)


def _megabytes(pid: int) -> int:
    """Returns the resident memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    main()
