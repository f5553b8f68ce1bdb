"""Measures how reads grow with the days that have chunks and with the number of symbols.

Every database has the same symbol with the same two days of minutes. Prints a table and writes
build/bench-growth.json.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from db import migrate, sql
from stack import database as databases

REPORT = Path("build/bench-growth.json")
SETTINGS = {"shared_buffers": "2GB", "max_wal_size": "8GB"}
DAYS = (30, 90, 365)
SYMBOLS = (100, 1_000, 10_000)
ROUNDS = 150
QUESTIONS = {
    "500 bars": "select * from market.bar_page(array['SYM000'], '1m', max_bars => 500,"
    " newest_first => true)",
    "latest": "select * from market.bar_page(array['SYM000'], '1m', max_bars => 1,"
    " newest_first => true)",
    "500 bars, view": "select * from market.candles_1m where symbol = 'SYM000'"
    " and source = 'bench' and bucket >= now() - interval '1 day' order by bucket desc limit 500",
    "latest, view": "select * from market.candles_1m where symbol = 'SYM000'"
    " and source = 'bench' and bucket >= now() - interval '1 day' order by bucket desc limit 1",
}


def main() -> None:
    report: dict[str, Any] = {}
    with databases.start(settings=SETTINGS, report=print) as database:
        report["database"] = database.description
        for what, sizes in (("days", DAYS), ("symbols", SYMBOLS)):
            with ExitStack() as opened:
                conns = {
                    size: opened.enter_context(_filled(database.url, what, size)) for size in sizes
                }
                report[what] = _measure(conns)
            for question, row in report[what].items():
                print(f"{what:8} {question:16} " + "  ".join(f"{k}: {v}" for k, v in row.items()))
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))


def _filled(url: str, what: str, size: int) -> psycopg.Connection[Any]:
    """Returns a connection to a database of its own with that many days or symbols."""
    name = f"growth_{what}_{size}"
    own = url.rsplit("/", 1)[0] + "/" + name
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"create database {name} template template0")
    migrate.upgrade(own)
    now = datetime.now(UTC)
    with psycopg.connect(own, autocommit=True) as conn:
        if conn.execute("show timescaledb.license").fetchone() != ("apache",):
            conn.execute(
                "select alter_job(job_id, scheduled => false) from timescaledb_information.jobs"
            )
        symbols = size if what == "symbols" else 100
        days = size if what == "days" else 30
        conn.execute(sql.load("bench", "add_symbols"), {"symbols": symbols})
        for first, last, back, step in (
            (0, 0, 2, "1 minute"),
            (1, symbols - 1, 2, "1 hour"),
            (0, 9, days, "1 hour"),
        ):
            values = {"first": first, "last": last, "step": step}
            since = (now - timedelta(days=back)).replace(minute=0, second=0, microsecond=0)
            conn.execute(sql.load("bench", "fill_series"), values | {"since": since})
        conn.execute("analyze")
    subprocess.run(
        [sys.executable, "-m", "cli", "--quiet", "refresh", "--force"],
        env=os.environ | {"STOCKPULSE_DATABASE_URL": own},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    ready = psycopg.connect(own, autocommit=True)
    ready.execute("analyze")
    ready.execute("set role stockpulse_reader")
    return ready


def _measure(conns: dict[int, psycopg.Connection[Any]]) -> dict[str, dict[str, float]]:
    """Asks the databases in turn; returns medians in milliseconds and the growth."""
    taken: dict[tuple[str, int], list[float]] = {}
    for _ in range(ROUNDS):
        for question, query in QUESTIONS.items():
            for size, conn in conns.items():
                started = time.perf_counter()
                assert conn.execute(query).fetchall()  # type: ignore[call-overload]
                taken.setdefault((question, size), []).append(time.perf_counter() - started)
    rows: dict[str, dict[str, float]] = {}
    for question in QUESTIONS:
        medians = {size: statistics.median(taken[question, size]) * 1000 for size in conns}
        smallest, *_, largest = medians.values()
        rows[question] = {str(size): round(ms, 2) for size, ms in medians.items()}
        rows[question]["growth"] = round(largest / smallest, 2)
    return rows


if __name__ == "__main__":
    main()
