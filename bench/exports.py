r"""Compares exports of the REST API with psql's `\copy` of the same trades, in turns.

Prints a table of ratios and the server's memory, and writes build/bench-exports.json.
"""

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from bench.loader import pause_jobs
from db import migrate, sql
from stack import database as databases

REPORT = Path("build/bench-exports.json")
SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB"}
PORT = 18963
FORMATS = ("csv", "ndjson", "arrow", "parquet")
FIRST_DAY = datetime(2026, 10, 1, tzinfo=UTC)
PER_DAY = 500_000
SYMBOL = "SYM000"
# As the connections of the API are set, so that both run the same plan.
PGOPTIONS = "-c timezone=UTC -c jit=off -c max_parallel_workers_per_gather=0"
COPY = (
    r"\copy (select symbol, ts, price, size, side, exchange, conditions, tick_id, tape"
    " from market.trades where symbol = '{symbol}' and source = 'bench' and ts >= '{start}'"
    " and ts < '{end}' order by ts, ns, seq, tick_id) to stdout csv header"
)


def main() -> None:
    arguments = _arguments()
    with databases.start(settings=SETTINGS, report=print) as database:
        migrate.upgrade(database.url)
        pause_jobs(database.url)
        fill(database.url, arguments.millions)
        pairs = {form: _pairs(database.url, form, arguments.pairs) for form in FORMATS}
        memory = {form: _memory(database.url, form, arguments.millions) for form in FORMATS}
    report = {
        "database": database.description,
        "rows": 2 * PER_DAY,
        "ratio_to_copy": {form: statistics.median(found) for form, found in pairs.items()},
        "pairs": pairs,
        "memory_rows": arguments.millions * 1_000_000,
        "peak_mb": memory,
    }
    for form in FORMATS:
        print(
            f"{form:8} {report['ratio_to_copy'][form]:5.2f} of copy's rows/s"
            f"   {memory[form]:4.0f} MB at most for {arguments.millions} million rows"
        )
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))
    print(f"written to {REPORT}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=int, default=10, help="rows of the largest export")
    parser.add_argument("--pairs", type=int, default=5)
    return parser.parse_args()


def fill(url: str, millions: int) -> None:
    """Stores trades, half a million per day, and their candles."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("set synchronous_commit to off")
        conn.execute(sql.load("bench", "add_symbols"), {"symbols": 1})
        for day in range(2 * millions):
            since = FIRST_DAY + timedelta(days=day)
            conn.execute(
                sql.load("bench", "fill_day"),
                {"since": since, "until": "infinity", "trades": PER_DAY, "symbols": 1},
            )
        conn.execute("vacuum analyze market.trades")
    subprocess.run(
        [sys.executable, "-m", "cli", "--quiet", "refresh"],
        env={"STOCKPULSE_DATABASE_URL": url},
        check=True,
    )


def _pairs(url: str, form: str, pairs: int) -> list[float]:
    """Returns the ratios of rows per second of pairs of an export and a copy."""
    ratios = []
    with _serving(url):
        _export(form, 2)  # the first one imports what the format needs
        for _ in range(pairs):
            copy, export = _copy(url, 2), _export(form, 2)
            ratios.append(copy / export)
            print(
                f"{form:8} copy {2 * PER_DAY / copy:9,.0f} rows/s"
                f"  export {2 * PER_DAY / export:9,.0f} rows/s  ratio {ratios[-1]:.2f}"
            )
    return ratios


def _memory(url: str, form: str, millions: int) -> float:
    """Returns the peak memory in MB of a server that has exported many rows."""
    with _serving(url) as pid:
        _export(form, 2 * millions)
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


def _copy(url: str, days: int) -> float:
    """Returns the seconds that psql takes."""
    end = FIRST_DAY + timedelta(days=days)
    command = COPY.format(symbol=SYMBOL, start=FIRST_DAY, end=end)
    began = time.perf_counter()
    subprocess.run(
        [psql(), "--quiet", "--command", command, url],
        env=os.environ | {"PGOPTIONS": PGOPTIONS},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - began


def psql() -> str:
    """Returns the path of psql."""
    directory = os.environ.get("STOCKPULSE_PG_BINDIR", "")
    found = shutil.which("psql", path=directory or None)
    if found is None:
        raise SystemExit("bench: psql is missing; STOCKPULSE_PG_BINDIR may name its directory")
    return found


def _export(form: str, days: int) -> float:
    """Returns the seconds that an export takes, read from the socket as it comes."""
    query = {
        "symbols": SYMBOL,
        "start": f"{FIRST_DAY:%Y-%m-%d}",
        "end": f"{FIRST_DAY + timedelta(days=days):%Y-%m-%d}",
        "format": form,
    }
    lines = (f"GET /v1/trades?{urlencode(query)} HTTP/1.1", "Host: localhost", "Connection: close")
    buffer = bytearray(2**20)
    end = b""
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", PORT)) as client:
        client.sendall("\r\n".join((*lines, "", "")).encode())
        while size := client.recv_into(buffer):
            end = (end + buffer[max(0, size - 5) : size])[-5:]
    if end != b"0\r\n\r\n":
        raise SystemExit(f"bench: the export as {form} is incomplete")
    return time.perf_counter() - began


@contextmanager
def _serving(url: str) -> Iterator[int]:
    """Runs `stockpulse serve` and gives its process id."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "--quiet", "serve", "--port", str(PORT)],
        env={"STOCKPULSE_DATABASE_URL": url},
    )
    try:
        while not _is_up():
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _is_up() -> bool:
    try:
        socket.create_connection(("127.0.0.1", PORT)).close()
    except ConnectionRefusedError:
        return False
    return True


if __name__ == "__main__":
    main()
