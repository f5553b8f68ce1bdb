"""Measures what the log of changes costs the load: one loader and two, small batches and large.

Batches are decoded beforehand and stored in turns into two databases of one server, one of which
logs nothing. Prints the report and writes build/bench-changes.json.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from bench.loader import pause_jobs
from db import migrate
from ingest.batch.batch import Batch, batch_of
from ingest.batch.messages import Record
from ingest.sources import simulate
from ingest.store.store import Store, opened
from stack import database as databases

REPORT = Path("build/bench-changes.json")
TICKS_PER_SECOND = 2_000  # of one loader: so many batches of 200 are ten per second
SYMBOLS = 100
SILENT = (
    "create or replace function ops.log_ranges(ranges json) returns void language sql as 'select'"
)
EMPTY = """
truncate market.trades, ops.load_batches, ops.changes, ops.changed_ranges, ops.changed_events
"""
BYTES = """
select
    (pg_total_relation_size('ops.changes') + pg_total_relation_size('ops.changed_ranges'))
    / (select count(*) from ops.changes)
"""


class Shape(NamedTuple):
    """Batches of so many trades, and how many of them each loader stores."""

    rows: int
    batches: int


SHAPES = {"small": Shape(200, 300), "large": Shape(20_000, 8)}


class Run(NamedTuple):
    """What loaders have done at once.

    Rows and commits per second, milliseconds of the server's processors per batch, which other load
    of the machine changes little, and milliseconds of the commits.
    """

    rows_per_s: float
    commits_per_s: float
    server_ms: float
    median_ms: float
    p99_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    pairs = parser.parse_args().pairs
    with databases.start(report=print) as database:
        urls = {"logged": database.url, "silent": _second(database.url)}
        report = {
            f"{shape} batches, {loaders} loaders": _compare(urls, SHAPES[shape], loaders, pairs)
            for shape in SHAPES
            for loaders in (1, 2)
        }
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))
    print(f"written to {REPORT}")


def _second(url: str) -> str:
    """Migrates the database, and makes another beside it that logs nothing; returns its URL."""
    migrate.upgrade(url)
    pause_jobs(url)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("create database silent")
    parts = url.rpartition("/")
    silent = f"{parts[0]}/silent"
    migrate.upgrade(silent)
    pause_jobs(silent)
    with psycopg.connect(silent, autocommit=True) as conn:
        conn.execute(SILENT)
    return silent


def _compare(urls: dict[str, str], shape: Shape, loaders: int, pairs: int) -> dict[str, Any]:
    runs: dict[str, list[Run]] = {name: [] for name in urls}
    size = 0
    for pair in range(pairs + 1):
        for name, url in urls.items() if pair % 2 else reversed(urls.items()):
            run = _run(url, shape, loaders)
            if pair:  # the first is not counted
                runs[name].append(run)
        with psycopg.connect(urls["logged"]) as conn:
            size = conn.execute(BYTES).fetchone()[0]  # type: ignore[index]
    ratios = [a.server_ms / b.server_ms for a, b in zip(*runs.values(), strict=True)]
    report = {
        "ratio": round(statistics.median(ratios), 3),
        "ratios": [round(ratio, 3) for ratio in ratios],
        "log_bytes_per_batch": size,
    }
    for name, some in runs.items():
        report[name] = {
            field: round(statistics.median(getattr(run, field) for run in some), 2)
            for field in Run._fields
        }
    print(f"{shape.rows} rows, {loaders} loaders: {json.dumps(report)}", flush=True)
    return report


def _run(url: str, shape: Shape, loaders: int) -> Run:
    """Stores the batches of every loader in a process of its own, all at once."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(EMPTY)
        conn.execute("checkpoint")
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(loaders)
    with context.Pool(loaders, _keep, (barrier,)) as pool:
        done = pool.starmap(_load, [(url, shape, number) for number in range(loaders)], 1)
    seconds = max(one.ended for one in done) - min(one.started for one in done)
    commits = sorted(ms for one in done for ms in one.commits)
    return Run(
        server_ms=sum(one.server_seconds for one in done) / len(commits) * 1000,
        rows_per_s=shape.rows * len(commits) / seconds,
        commits_per_s=len(commits) / seconds,
        median_ms=commits[len(commits) // 2],
        p99_ms=commits[len(commits) * 99 // 100],
    )


class Done(NamedTuple):
    """When a loader began and ended, how long each commit took, and the server's CPU seconds."""

    started: float
    ended: float
    commits: list[float]
    server_seconds: float


_barrier: Barrier


def _keep(barrier: Barrier) -> None:
    global _barrier
    _barrier = barrier


def _load(url: str, shape: Shape, number: int) -> Done:
    with opened(url) as store:
        first, *batches = _batches(store, shape, number)
        store.store(first)
        pid = store._conn.info.backend_pid
        _barrier.wait()
        used, started = _cpu_seconds(pid), time.monotonic()
        commits = []
        for batch in batches:
            batch.started = time.monotonic()
            commits.append(store.store(batch).commit_seconds * 1000)
        return Done(started, time.monotonic(), commits, _cpu_seconds(pid) - used)


def _cpu_seconds(pid: int) -> float:
    """Returns what a process of the server on this machine has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _batches(store: Store, shape: Shape, number: int) -> list[Batch]:
    symbols = [f"SYM{number}.{symbol:03}" for symbol in range(SYMBOLS)]
    count = shape.rows * (shape.batches + 1)
    until = datetime.now(UTC)
    since = until - timedelta(seconds=count / TICKS_PER_SECOND)
    made = simulate.messages(simulate.history(symbols, since=since, until=until, count=count))
    records = [Record("bench", number, n, None, one.value) for n, one in enumerate(made)]
    ids = store.reserve_batch_ids(shape.batches + 1)
    batches = []
    for place, id_ in enumerate(ids):
        part = records[place * shape.rows : (place + 1) * shape.rows]
        batch = batch_of(part, id_, store.catalog)
        batch.close(until + timedelta(minutes=1))
        assert not batch.rejects, batch.rejects
        batches.append(batch)
    return batches


if __name__ == "__main__":
    main()
