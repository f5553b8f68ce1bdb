"""Measures the cost of duplicates: topics of which half, or all, is already stored.

Prints multiples of the time of a clean load and writes build/bench-duplicates.json.
"""

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

import psycopg

from bench.loader import SPAN, SYMBOLS, pause_jobs, run_loader
from db import migrate
from db.settings import changed
from ingest.formats.native_message import TickMessage
from ingest.kafka import producer
from ingest.loader.settings import LoaderSettings
from ingest.sources import simulate
from stack import broker as brokers
from stack import database as databases

REPORT = Path("build/bench-duplicates.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ticks", type=int, default=2_000_000)
    ticks = parser.parse_args().ticks
    with databases.start(report=print) as database, brokers.start(report=print) as broker:
        migrate.upgrade(database.url)
        pause_jobs(database.url)
        given = changed(
            LoaderSettings(), database_url=database.url, bootstrap_servers=broker.bootstrap_servers
        )
        report = _compare(given, ticks)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))
    print(json.dumps(report))


def _compare(given: LoaderSettings, ticks: int) -> dict[str, Any]:
    clean = _publish(given, "bench.clean", ticks, seeds=(1,))
    half = _publish(given, "bench.half", ticks, seeds=(1, 2))
    runs = {"clean": run_loader(clean), "half duplicates": run_loader(half)}
    with psycopg.connect(given.database_url) as conn:
        conn.execute("delete from ops.kafka_offsets where topic = 'bench.clean'")
    runs["all duplicates"] = run_loader(clean)
    expected = {"clean": ticks, "half duplicates": ticks // 2, "all duplicates": 0}
    assert {name: run["rows"] for name, run in runs.items()} == expected, runs
    return {
        name: round(run["seconds"] / runs["clean"]["seconds"], 2) for name, run in runs.items()
    } | {"clean_seconds": round(runs["clean"]["seconds"], 2), "ticks": ticks}


def _publish(
    given: LoaderSettings, topic: str, ticks: int, seeds: tuple[int, ...]
) -> LoaderSettings:
    """Publishes equally many ticks of each seed: half of a second topic can repeat the first."""
    until = datetime(2026, 1, 1, tzinfo=UTC)
    parts = [islice(_history(seed, until, ticks), ticks // len(seeds)) for seed in seeds]
    mixed = chain.from_iterable(zip(*parts, strict=True))
    producer.publish(given, topic, simulate.messages(mixed))
    return changed(given, topics=(topic,), group=topic)


def _history(seed: int, until: datetime, ticks: int) -> Iterator[TickMessage]:
    symbols = [f"{symbol}.{seed}" for symbol in SYMBOLS]
    return simulate.history(symbols, since=until - SPAN, until=until, count=ticks, seed=seed)


if __name__ == "__main__":
    main()
