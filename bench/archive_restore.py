r"""Compares `stockpulse restore` of a day with psql's `\copy` of the same trades, in turns.

Both store into the same relation of the same server, which has nothing of the day; a second restore
finds one trade there, so that it stages the others. The candles of the day and their comparison
with the archive are counted apart. Prints ratios, the memory of the restores and the load of the
machine, and writes build/bench-archive-restore.json.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any

import psycopg

from archive import days, one_day, session, tables
from archive.settings import ArchiveSettings
from bench.exports import PGOPTIONS, SETTINGS, psql
from bench.loader import pause_jobs
from db import edition, migrate, sql
from stack import database as databases

REPORT = Path("build/bench-archive-restore.json")
DAY = date(2026, 10, 1)
SYMBOLS = 50
ORDERS = {"in order": "symbol, source, ts, ns, seq, tick_id", "by time": "ts, ns, seq"}
RESTORES = ("restore", "restore staged")
COLUMNS = """
select string_agg(quote_ident(attname), ', ' order by attnum)
from pg_attribute
where attrelid = 'market.trades'::regclass and attnum > 0 and not attisdropped
"""


def main() -> None:
    """Runs the comparison."""
    arguments = _arguments()
    with (
        databases.start(settings=SETTINGS, report=print) as database,
        tempfile.TemporaryDirectory() as directory,
    ):
        migrate.upgrade(database.url)
        pause_jobs(database.url)
        _fill(database.url, arguments.rows)
        _archive(database.url, directory)
        copies = _files(database.url, Path(directory))
        found = [_round(database.url, directory, copies) for _ in range(arguments.rounds)]
        report = {"database": database.description, "rows": arguments.rows, "rounds": found}
    for restore, order in product(RESTORES, ORDERS):
        ratios = [one[order] / one[restore]["seconds"] for one in found]
        print(f"{restore} {statistics.median(ratios):.2f} of copy {order}: ", end="")
        print(", ".join(f"{ratio:.2f}" for ratio in ratios))
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))
    print(f"written to {REPORT}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def _fill(url: str, rows: int) -> None:
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as conn:
        conn.execute(sql.load("bench", "add_symbols"), {"symbols": SYMBOLS})
        values = {"since": datetime(2026, 10, 1, tzinfo=UTC), "until": "infinity"}
        values |= {"trades": rows, "symbols": SYMBOLS}
        conn.execute(sql.load("bench", "fill_day"), values)
        conn.execute("analyze market.trades")
        if edition.kind_of(conn) == "apache":
            conn.execute(
                "insert into ops.candle_changes (kind, since, until) values ('trades', %s, %s)",
                days.bounds(DAY),
            )
    _refresh(url)


def _refresh(url: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "cli", "--quiet", "refresh"],
        env={"STOCKPULSE_DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _archive(url: str, directory: str) -> None:
    settings = ArchiveSettings(database_url=url, warehouse=f"{directory}/warehouse")
    with session.opened(settings) as (conn, iceberg):
        for relation in tables.relations(conn):
            if relation.kind == "trades":
                one_day.archive(conn, iceberg, relation, DAY, force=False, patience=60.0)


def _files(url: str, directory: Path) -> dict[str, str]:
    r"""Writes the day to files; returns the \copy that reads each."""
    copies = {}
    with psycopg.connect(url) as conn:
        [[columns]] = conn.execute(COLUMNS).fetchall()
    for name, order in ORDERS.items():
        file = directory / f"{name}.csv"
        _psql(url, rf"\copy (select {columns} from market.trades order by {order}) to '{file}' csv")
        copies[name] = rf"\copy market.trades ({columns}) from '{file}' csv"
    with file.open() as lines:
        (directory / "first.csv").write_text(next(lines))
    copies["first"] = rf"\copy market.trades ({columns}) from '{directory / 'first.csv'}' csv"
    return copies


def _round(url: str, directory: str, copies: dict[str, str]) -> dict[str, Any]:
    """Returns the seconds of each copy and what run_restore says of the restore."""
    load = os.getloadavg()[0]
    found: dict[str, Any] = {}
    for name in ORDERS:
        _empty(url)
        began = time.perf_counter()
        _psql(url, copies[name])
        found[name] = time.perf_counter() - began
    for name in RESTORES:
        _empty(url)
        if name == "restore staged":
            _psql(url, copies["first"])
        found[name] = _restore(url, directory)
        assert not found[name]["differing"]
    found["load_average"] = [load, os.getloadavg()[0]]
    print("; ".join(f"copy {name} {found[name]:.1f} s" for name in ORDERS), end="")
    for name in RESTORES:
        print(
            "; {name} {seconds:.1f} s, candles {candles_seconds:.1f} s, compared"
            " {compared_seconds:.1f} s, {peak_rss_mb} MB".format(name=name, **found[name]),
            end="",
        )
    print(f"; load {load:.1f} before, {os.getloadavg()[0]:.1f} behind", flush=True)
    return found


def _restore(url: str, directory: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.run_restore", url, f"{directory}/warehouse", f"{DAY}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


def _psql(url: str, command: str) -> None:
    subprocess.run(
        [psql(), "--quiet", "--command", command, url],
        env=os.environ | {"PGOPTIONS": PGOPTIONS},
        check=True,
    )


def _empty(url: str) -> None:
    """Drops the day, of trades and of candles."""
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as conn:
        conn.execute("delete from ops.restored_days")
        for relation in tables.relations(conn):
            if relation.kind == "trades":
                conn.execute(
                    "select drop_chunks(ops.store_of(%s), 'infinity'::timestamptz)",
                    [relation.name],
                )
        conn.execute("checkpoint")


if __name__ == "__main__":
    main()
