"""Reads for ten minutes while trades are loaded, and restarts the database in the middle.

    python -m bench.endurance [--rate 5000] [--minutes 10]

First finds the highest rate of requests whose p99 stays under 50 ms. Prints a line per minute and
writes build/bench-endurance.json: answers by status, p99, the API's memory, the time until it
answers again, and the statements that run after clients with slow questions were killed.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from bench.commands import running
from bench.rest import paced
from bench.rest.filled import PORT, wait_for
from bench.rest.paced import Stretch
from db import migrate
from stack import broker as brokers
from stack import database as databases

REPORT = Path("build/bench-endurance.json")
SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB"}
SYMBOLS = [f"SYM{number:03}" for number in range(100)]
WARM_SECONDS = 90
TRIAL_SECONDS = 20.0
LONGEST_P99 = 50.0  # ms
RATES = (25, 50, 75, 100, 125, 150, 200, 250, 300, 400, 500, 700)
MARGIN = 0.9  # of the highest rate of a trial, for minutes
KILLED = 20
RUNNING = """
    select count(*) from pg_stat_activity
    where application_name = 'stockpulse-api' and state = 'active'
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=5000, help="trades per second")
    parser.add_argument("--minutes", type=int, default=10)
    given = parser.parse_args()
    url = f"http://127.0.0.1:{PORT}"
    with databases.start(settings=SETTINGS, report=print) as database, brokers.start() as broker:
        migrate.upgrade(database.url)
        environ = os.environ | {
            "STOCKPULSE_DATABASE_URL": database.url,
            "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        }
        simulation = ("--rate", str(given.rate), "--symbols", ",".join(SYMBOLS))
        with (
            running(environ, "load"),
            running(environ, "publish", "simulate", *simulation),
            _serving(environ) as server,
        ):
            wait_for(f"{url}/health")
            time.sleep(WARM_SECONDS)
            rate = _highest_rate(url)
            stored = _trades(database.url)
            report = _endure(database, url, server, rate, given.minutes)
            report["trades_loaded"] = _trades(database.url) - stored
            report["database"] = database.description
            report["statements_of_killed_clients"] = _kill_clients(database.url)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))
    print(json.dumps(report, indent=2))


def _paths() -> list[str]:
    return [
        path
        for symbol in SYMBOLS
        for path in (
            f"/v1/bars?symbols={symbol}&timeframe=1m&limit=100",
            f"/v1/bars/latest?symbols={symbol}",
            f"/v1/trades/latest?symbols={symbol}",
            f"/v1/trades?symbols={symbol}&limit=100&sort=desc",
        )
    ]


@contextmanager
def _serving(environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    words = [sys.executable, "-m", "cli", "--quiet", "serve", "--port", str(PORT)]
    with subprocess.Popen(words, env=environ, stderr=subprocess.DEVNULL) as server:
        try:
            yield server
        finally:
            server.terminate()


def _highest_rate(url: str) -> float:
    """Returns nine tenths of the highest rate of RATES whose trial stays within the limits."""
    highest = 0.0
    for rate in RATES:
        stretches = paced.result(paced.start(url, _paths(), rate, TRIAL_SECONDS))
        worst = max(stretch.p99 for stretch in stretches)
        print(f"{rate} requests/s: p99 {worst:.1f} ms", flush=True)
        if worst > LONGEST_P99 or any(set(stretch.statuses) != {200} for stretch in stretches):
            break
        highest = rate
    if not highest:
        raise SystemExit(f"no rate has a p99 under {LONGEST_P99} ms")
    return highest * MARGIN


def _endure(
    database: databases.Database,
    url: str,
    server: subprocess.Popen[bytes],
    rate: float,
    minutes: int,
) -> dict[str, Any]:
    client = paced.start(url, _paths(), rate, minutes * 60.0)
    memory = []
    restarted = None
    for minute in range(minutes):
        if minute == minutes // 2:
            began = time.monotonic()
            database.stop()
            database.start()
            wait_for(f"{url}/health/ready")
            restarted = time.monotonic() - began
        time.sleep(max(0.0, 60.0 - (restarted or 0.0 if minute == minutes // 2 else 0.0)))
        memory.append(_memory_mb(server.pid))
        print(f"minute {minute + 1}: API {memory[-1]} MB", flush=True)
    stretches = paced.result(client)
    middle = len(stretches) // 2
    calm = [one for n, one in enumerate(stretches) if not middle - 1 <= n <= middle + 2]
    return {
        "requests_per_second": rate,
        "statuses": sum((one.statuses for one in stretches), Counter[int]()),
        "statuses_apart_from_restart": sum((one.statuses for one in calm), Counter[int]()),
        "p99_ms_by_10_s": [round(one.p99, 1) if one.times else None for one in stretches],
        "p99_ms": round(Stretch(times=[ms for one in calm for ms in one.times]).p99, 1),
        "restart_until_ready_seconds": restarted and round(restarted, 1),
        "api_memory_mb": memory,
    }


def _memory_mb(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGESIZE") / 1e6)


def _trades(url: str) -> int:
    with psycopg.connect(url) as conn:
        row = conn.execute("select sum(trades) from ops.load_batches").fetchone()
    return int(row[0]) if row else 0


def _kill_clients(url: str) -> dict[str, int]:
    """Asks slow questions on many connections, which then break; counts the API's statements."""
    symbols = ",".join(SYMBOLS)
    path = f"/v1/bars?symbols={symbols}&timeframe=1s&limit=10000&coverage=true&fill=null"
    socks = []
    for number in range(KILLED):
        sock = socket.create_connection(("127.0.0.1", PORT))
        sock.sendall(f"GET {path}&start={number} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        socks.append(sock)
    time.sleep(0.3)
    before = _active(url)
    for sock in socks:
        sock.close()
    time.sleep(2)
    return {"before": before, "after": _active(url)}


def _active(url: str) -> int:
    with psycopg.connect(url) as conn:
        row = conn.execute(RUNNING).fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    main()
