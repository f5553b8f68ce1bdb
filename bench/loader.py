r"""Compares the loader with psql's `\copy` of the same trades into the same table, in turns.

Prints the report and writes build/bench-loader.json.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import psycopg

from db import migrate
from db.settings import changed
from ingest.batch.batch import batch_of
from ingest.batch.messages import Record
from ingest.formats.catalog import Catalog
from ingest.formats.copy_format import TRADES
from ingest.formats.native_message import TickMessage
from ingest.kafka import producer, topics
from ingest.kafka.producer import OutgoingMessage
from ingest.loader.settings import LoaderSettings
from ingest.sources import simulate
from ingest.store.store import opened
from stack import broker as brokers
from stack import database as databases

SYMBOLS = [f"SYM{number:03}" for number in range(100)]
PADDED_BYTES = 200  # the size of messages in Redpanda's published comparison
TICKS_PER_FRAME = 50
REPORT = Path("build/bench-loader.json")
SPAN = timedelta(hours=6)


def main() -> None:
    arguments = _arguments()
    REPORT.parent.mkdir(exist_ok=True)
    with databases.start(report=print) as database, brokers.start(report=print) as broker:
        migrate.upgrade(database.url)
        pause_jobs(database.url)
        given = changed(
            LoaderSettings(), database_url=database.url, bootstrap_servers=broker.bootstrap_servers
        )
        reports = {
            shape: _compare(given, shape, arguments.ticks, arguments.pairs)
            for shape in arguments.shapes.split(",")
        }
    REPORT.write_text(json.dumps(reports | reports[next(iter(reports))], indent=2))
    print(f"written to {REPORT}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ticks", type=int, default=2_000_000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--shapes", default="native,padded,frames,rich", help="kinds of messages")
    return parser.parse_args()


def pause_jobs(url: str) -> None:
    """Keeps TimescaleDB's jobs from running during one side of a pair and not the other."""
    with psycopg.connect(url) as conn:
        kind = conn.execute("show timescaledb.license").fetchone()
        if kind != ("apache",):
            conn.execute(
                "select alter_job(job_id, scheduled => false) from timescaledb_information.jobs"
            )


def _compare(given: LoaderSettings, shape: str, ticks: int, pairs: int) -> dict[str, Any]:
    print(f"{shape}: publishing {ticks} ticks")
    topic = f"bench.{shape}"
    topics.ensure(given, [topic])
    given = changed(given, topics=(topic,), group=f"bench-{shape}")
    messages = list(_messages(shape, ticks))
    published = producer.publish(given, topic, messages)
    file = Path(f"/var/tmp/stockpulse-bench-{os.getpid()}.tsv")
    with file.open("wb") as out:
        write_rows(out, messages, catalog_of(given))
    print(f"{shape}: {published.count} messages of {len(messages[0].value)} bytes")
    del messages
    copies, loads = [], []
    try:
        _timed_load(given, ticks)  # a new broker is busy with its JVM's compilation
        for pair in range(pairs):
            copies.append(_timed_copy(given, file, ticks))
            loads.append(_timed_load(given, ticks))
            print(
                f"{shape}: pair {pair + 1}: copy {ticks / copies[-1]:,.0f} rows/s, "
                f"loader {ticks / loads[-1]['seconds']:,.0f} rows/s, "
                f"ratio {copies[-1] / loads[-1]['seconds']:.2f}"
            )
    finally:
        file.unlink()
    return _report(shape, ticks, copies, loads)


def _messages(shape: str, ticks: int) -> Iterator[OutgoingMessage]:
    until = datetime.now(UTC)
    made = simulate.history(SYMBOLS, since=until - SPAN, until=until, count=ticks)
    if shape == "native":
        return simulate.messages(made)
    if shape == "padded":
        return map(_padded, simulate.messages(made))
    if shape == "rich":
        return map(_enriched, itertools.count(), simulate.messages(made))
    return _frames(made)


def _padded(message: OutgoingMessage) -> OutgoingMessage:
    """Pads a message with a field that readers ignore."""
    filler = PADDED_BYTES - len(message.value) - len(b',"note":""')
    return message._replace(value=message.value[:-1] + b',"note":"' + b"x" * filler + b'"}')


def _enriched(number: int, message: OutgoingMessage) -> OutgoingMessage:
    """Adds side, exchange, tape and conditions, of which there are some dozens."""
    extra = {
        "side": ("buy", "sell")[number % 2],
        "exchange": "VNQPZ"[number % 5],
        "tape": "ABC"[number % 3],
        "conditions": (("@",), ("@", "I"), ("@", "F", "T"), (" ",))[number % 4],
    }
    return message._replace(value=message.value[:-1] + b"," + msgspec.json.encode(extra)[1:])


def _frames(made: Iterator[TickMessage]) -> Iterator[OutgoingMessage]:
    """Yields frames of ticks like Finnhub's, whose times are in milliseconds."""
    frame: list[dict[str, Any]] = []
    for tick in made:
        assert isinstance(tick.price, str)
        assert isinstance(tick.size, str)
        assert isinstance(tick.event_time, datetime)
        frame.append({
            "s": tick.symbol, "p": float(tick.price), "v": int(tick.size),
            "t": int(tick.event_time.timestamp() * 1000), "c": None,
        })  # fmt: skip
        if len(frame) == TICKS_PER_FRAME:
            value = msgspec.json.encode({"type": "trade", "data": frame})
            yield OutgoingMessage(frame[0]["s"], value)
            frame = []


def catalog_of(given: LoaderSettings) -> Catalog:
    """Returns the rules and sources of the database."""
    with opened(given.database_url) as store:
        return store.catalog


def write_rows(out: BinaryIO, messages: list[OutgoingMessage], known: Catalog) -> None:
    """Writes the rows that the loader would copy."""
    for first in range(0, len(messages), 20_000):
        part = [
            Record("bench", 0, place, None, message.value)
            for place, message in enumerate(messages[first : first + 20_000])
        ]
        batch = batch_of(part, 1, known)
        assert not batch.rejects, batch.rejects
        out.write(batch.contents.text("trade"))


def _empty(given: LoaderSettings) -> None:
    with psycopg.connect(given.database_url, autocommit=True) as conn:
        conn.execute("truncate market.trades, ops.kafka_offsets, ops.load_batches")
        conn.execute("checkpoint")


def _timed_copy(given: LoaderSettings, file: Path, ticks: int) -> float:
    """Returns the seconds that psql takes; 0.01 s of them start the process."""
    _empty(given)
    command = f"\\copy market.trades ({', '.join(TRADES.columns)}) from '{file}'"
    started = time.monotonic()
    done = subprocess.run(
        ["psql", given.database_url, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", command],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    seconds = time.monotonic() - started
    assert done.returncode == 0, done.stderr
    _check(given, ticks)
    return seconds


def _timed_load(given: LoaderSettings, ticks: int) -> dict[str, Any]:
    _empty(given)
    found = run_loader(given)
    _check(given, ticks)
    return found


def run_loader(given: LoaderSettings) -> dict[str, Any]:
    """Runs a loader in a process of its own; returns the report of bench.run_loader."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.run_loader", given.database_url, given.bootstrap_servers,
         given.topics[0], given.group],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _check(given: LoaderSettings, ticks: int) -> None:
    with psycopg.connect(given.database_url) as conn:
        row = conn.execute("select count(*) from market.trades").fetchone()
        assert row == (ticks,), f"{row} rows, not {ticks}"


def _report(
    shape: str, ticks: int, copies: list[float], loads: list[dict[str, Any]]
) -> dict[str, Any]:
    median: Callable[[list[float]], float] = statistics.median
    ratios = [copy / load["seconds"] for copy, load in zip(copies, loads, strict=True)]
    stages = {
        stage: round(median([load["stages"].get(stage, 0.0) for load in loads]), 3)
        for stage in ("poll", "read", "wait", "copy", "commit")
    }
    report = {
        "ratio": round(median(ratios), 3),
        "ratios": [round(ratio, 3) for ratio in ratios],
        "loader_rows_per_s": round(ticks / median([load["seconds"] for load in loads])),
        "copy_rows_per_s": round(ticks / median(copies)),
        "peak_rss_mb": max(load["peak_rss_mb"] for load in loads),
        "cpu_s_per_million": round(
            median([load["cpu_seconds"] for load in loads]) / ticks * 1e6, 3
        ),
        "stage_seconds": stages,
        "ticks": ticks,
    }
    print(f"{shape}: {json.dumps(report)}")
    return report


if __name__ == "__main__":
    main()
