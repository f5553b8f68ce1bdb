r"""Compares `stockpulse export` with psql's `\copy` of the same trades to a file, in turns.

Each runs as a command of its own, start included. Prints ratios, the memory of the exports and the
load of the machine, and writes build/bench-archive-export.json.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from bench.exports import FIRST_DAY, PGOPTIONS, SETTINGS, fill, psql
from bench.loader import pause_jobs
from db import edition, migrate
from stack import database as databases

REPORT = Path("build/bench-archive-export.json")
FORMATS = {
    "csv": (),
    "arrow": (),
    "parquet": (),
    "parquet, decimals": ("--numbers", "decimal"),
}
COLUMNS = (
    "ts, symbol, source, price, size, side, tick_id, exchange, tape, conditions, received_at, seq,"
    " ns"
)
COPY = rf"\copy (select {COLUMNS} from market.trades{{order}}) to '{{file}}' csv header"
ORDER = " order by symbol, source, ts, ns, seq, tick_id"
COPIES = {"as it comes": "", "in order": ORDER}


def main() -> None:
    arguments = _arguments()
    report: dict[str, object] = {"rows": arguments.millions * 1_000_000}
    with (
        databases.start(settings=SETTINGS, report=print) as database,
        tempfile.TemporaryDirectory() as directory,
    ):
        migrate.upgrade(database.url)
        pause_jobs(database.url)
        fill(database.url, arguments.millions)
        report["database"] = database.description
        for state in ("rows", "columnstore"):
            if state == "columnstore" and not _compress(database.url):
                continue
            report[state] = _measured(database.url, Path(directory), arguments)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))
    print(f"written to {REPORT}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=int, default=2, help="rows of the export")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def _measured(url: str, directory: Path, arguments: argparse.Namespace) -> dict[str, object]:
    """Returns the seconds of each way, round by round, and the ratios of their rows per second."""
    seconds: dict[str, list[float]] = {name: [] for name in (*COPIES, *FORMATS)}
    load = os.getloadavg()[0]
    for _ in range(arguments.rounds):
        for name, order in COPIES.items():
            seconds[name].append(_copy(url, directory, order))
        for name, words in FORMATS.items():
            seconds[name].append(_export(url, directory, name, words))
    ratios = {
        copy: {name: _ratio(seconds[copy], seconds[name]) for name in FORMATS} for copy in COPIES
    }
    sizes = {path.name: path.stat().st_size for path in directory.iterdir()}
    for name in FORMATS:
        rate = arguments.millions * 1_000_000 / statistics.median(seconds[name])
        print(
            f"{name:18} {rate:9,.0f} rows/s  {ratios['as it comes'][name]:5.2f} of copy as it comes"
            f"  {ratios['in order'][name]:5.2f} of copy in order"
        )
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest process {most:.0f} MB; load {load:.1f} before, {os.getloadavg()[0]:.1f} behind")
    return {
        "seconds": seconds,
        "ratios": ratios,
        "bytes": sizes,
        "largest_process_mb": most,
        "load_average": [load, os.getloadavg()[0]],
    }


def _ratio(copy: list[float], export: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(copy, export, strict=True))


def _copy(url: str, directory: Path, order: str) -> float:
    """Returns the seconds that psql takes."""
    command = COPY.format(order=order, file=directory / "copy.csv")
    began = time.perf_counter()
    subprocess.run(
        [psql(), "--quiet", "--command", command, url],
        env=os.environ | {"PGOPTIONS": PGOPTIONS},
        check=True,
    )
    return time.perf_counter() - began


def _export(url: str, directory: Path, name: str, words: tuple[str, ...]) -> float:
    """Returns the seconds that an export takes."""
    file = directory / name
    began = time.perf_counter()
    subprocess.run(
        [
            sys.executable, "-m", "cli", "--quiet", "export", "trades", str(file), "--force",
            "--format", name.partition(",")[0], "--since", f"{FIRST_DAY:%Y-%m-%d}", *words,
        ],
        env={"STOCKPULSE_DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        check=True,
    )  # fmt: skip
    return time.perf_counter() - began


def _compress(url: str) -> bool:
    """Makes all chunks columnar; returns whether the edition can."""
    with psycopg.connect(url, autocommit=True) as conn:
        if edition.kind_of(conn) != "community":
            return False
        conn.execute("select compress_chunk(chunk) from show_chunks('market.trades') as chunk")
        conn.execute("vacuum analyze market.trades")
    return True


if __name__ == "__main__":
    main()
