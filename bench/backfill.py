r"""Measures a backfill beside live trades: its time against psql's `\copy`, and theirs.

Dense history has a hundred trades per minute and symbol, sparse history one per candle. Prints the
report and writes build/bench-backfill.json.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from bench.commands import running
from bench.loader import catalog_of, pause_jobs, write_rows
from cli.latency_probe import LatencyProbe
from db import connect, migrate
from db.settings import changed
from ingest.formats.copy_format import TRADES
from ingest.formats.native_message import TickMessage
from ingest.kafka import producer, topics
from ingest.loader.settings import LoaderSettings
from ingest.sources import simulate
from stack import broker as brokers
from stack import database as databases

REPORT = Path("build/bench-backfill.json")
TOPIC = "bench.backfill"
LIVE_SYMBOLS = [f"LIVE{number:03}" for number in range(20)]
QUIET_SECONDS = 40
LOOK_SECONDS = 0.02
SLICE = 100_000  # messages
SETTINGS = {"shared_buffers": "2GB", "max_wal_size": "16GB", "min_wal_size": "4GB"}


def main() -> None:
    arguments = _arguments()
    with databases.start(settings=SETTINGS, report=print) as database, brokers.start() as broker:
        migrate.upgrade(database.url)
        given = changed(
            LoaderSettings(),
            database_url=database.url,
            bootstrap_servers=broker.bootstrap_servers,
            topics=(TOPIC,),
            group="bench-backfill",
        )
        topics.ensure(given, [TOPIC])
        made = _dense if arguments.shape == "dense" else _sparse
        file = Path(f"/var/tmp/stockpulse-{arguments.shape}.tsv")
        try:
            count = _publish(given, file, made(arguments.trades))
            report = {"database": database.description, "trades": count}
            report |= _measure(given, file, arguments.rate)
            if arguments.shape == "sparse":
                report |= _plain(database.url, file)
        finally:
            file.unlink(missing_ok=True)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))
    print(json.dumps(report, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shape", choices=("dense", "sparse"))
    parser.add_argument("--trades", type=int, default=10_000_000)
    parser.add_argument("--rate", type=int, default=2000, help="live trades per second")
    return parser.parse_args()


def _dense(trades: int) -> Iterator[TickMessage]:
    """Yields trades of a year: 10 symbols, each with 100 per minute, for some minutes a day."""
    symbols = [f"DENSE{number}" for number in range(10)]
    per_day = trades // 365
    for day in range(365, 0, -1):
        since = _midnight() - timedelta(days=day)
        yield from simulate.history(
            symbols,
            since=since,
            until=since + timedelta(minutes=per_day / 1000),
            count=per_day,
            seed=day,
        )


def _sparse(trades: int) -> Iterator[TickMessage]:
    """Yields a trade per minute of each of 15 symbols."""
    symbols = [f"SPARSE{number:02}" for number in range(15)]
    minutes = trades // len(symbols)
    until = _midnight()
    yield from simulate.history(
        symbols, since=until - timedelta(minutes=minutes), until=until, count=minutes * len(symbols)
    )


def _midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


def _publish(given: LoaderSettings, file: Path, ticks: Iterator[TickMessage]) -> int:
    """Publishes the history, and writes the rows that psql is to copy."""
    known = catalog_of(given)
    count = 0
    part: list[producer.OutgoingMessage] = []
    with file.open("wb") as out:
        for message in simulate.messages(ticks):
            part.append(message)
            if len(part) == SLICE:
                count += producer.publish(given, TOPIC, part).count
                write_rows(out, part, known)
                part = []
        count += producer.publish(given, TOPIC, part).count
        write_rows(out, part, known)
    print(f"{count:,} trades published")
    return count


def _measure(given: LoaderSettings, file: Path, rate: int) -> dict[str, Any]:
    environ = {
        "STOCKPULSE_DATABASE_URL": given.database_url,
        "KAFKA_BOOTSTRAP_SERVERS": given.bootstrap_servers,
        "STOCKPULSE_TOPICS": topics.LIVE,
    }
    simulation = ("--rate", str(rate), "--symbols", ",".join(LIVE_SYMBOLS))
    with running(environ, "load"), running(environ, "publish", "simulate", *simulation):
        time.sleep(QUIET_SECONDS / 2)
        with _freshness(given.database_url) as quiet:
            time.sleep(QUIET_SECONDS)
        copied = _copy(given.database_url, file)
        print(f"copied in {copied:.1f} s")
        backfill = environ | {"STOCKPULSE_TOPICS": TOPIC, "STOCKPULSE_GROUP": given.group}
        with _freshness(given.database_url) as busy:
            loaded = _timed(backfill, "load", "--until-end")
        print(f"loaded and visible in {loaded:.1f} s")
    verified = _timed(environ, "verify", "--until", _midnight().isoformat())
    p50, p99 = quiet.percentiles()
    busy_p50, busy_p99 = busy.percentiles()
    return {
        "copy_seconds": round(copied, 1),
        "visible_seconds": round(loaded, 1),
        "ratio_to_copy": round(loaded / copied, 2),
        "verify_seconds": round(verified, 1),
        "live_p50_ms": round(p50),
        "live_p99_ms": round(p99),
        "live_p50_ms_beside": round(busy_p50),
        "live_p99_ms_beside": round(busy_p99),
        "live_p99_ratio": round(busy_p99 / p99, 2),
    }


def _timed(environ: dict[str, str], *words: str) -> float:
    started = time.monotonic()
    subprocess.run([sys.executable, "-m", "cli", "--quiet", *words], env=environ, check=True)
    return time.monotonic() - started


@contextmanager
def _freshness(url: str) -> Iterator[LatencyProbe]:
    """Watches how long after their time live trades become visible."""
    done = threading.Event()
    with connect.connect(url, application_name="bench", autocommit=True) as conn:
        probe = LatencyProbe(conn, LIVE_SYMBOLS, since=datetime.now(UTC))

        def watch() -> None:
            while not done.wait(LOOK_SECONDS):
                probe.poll()

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield probe
        finally:
            done.set()
            thread.join()


def _copy(url: str, file: Path) -> float:
    r"""Returns the seconds that `\copy` takes into a table of its own that is like trades."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("create table copied (like market.trades including all)")
        conn.execute("select create_hypertable('copied', by_range('ts', interval '1 day'))")
    seconds = _copy_into(url, "copied", file)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("drop table copied")
        conn.execute("checkpoint")
    return seconds


def _copy_into(url: str, table: str, file: Path) -> float:
    command = f"\\copy {table} ({', '.join(TRADES.columns)}) from '{file}'"
    started = time.monotonic()
    subprocess.run(["psql", url, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", command], check=True)
    return time.monotonic() - started


def _plain(url: str, file: Path) -> dict[str, Any]:
    """Compares the first refresh of all levels with INSERT ... SELECT of the same candles.

    The tables have the same chunks and indexes; nothing else runs.
    """
    own = url.rsplit("/", 1)[0] + "/bench_plain"
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("create database bench_plain template template0")
    migrate.upgrade(own)
    pause_jobs(own)
    _copy_into(own, "market.trades", file)
    refreshed = _timed({"STOCKPULSE_DATABASE_URL": own}, "refresh")
    with psycopg.connect(own, autocommit=True) as conn:
        conn.execute("set synchronous_commit = off")
        levels = conn.execute(
            "select relation, chunk, ops.candle_query(relation, ops.store_of(child)::text)"
            " from ops.lifecycle where kind = 'trades' and child is not null and not live"
            ' order by "position"'
        ).fetchall()
        candles, inserted = 0, 0.0
        for relation, chunk, query in levels:
            conn.execute(f"create table plain (like ops.{relation})")
            conn.execute(
                "select create_hypertable('plain', by_range('bucket', %s::interval),"
                " create_default_indexes => false)",
                [chunk],
            )
            conn.execute("create index on plain (symbol, source, bucket desc)")
            conn.execute("create index on plain (bucket desc)")
            started = time.monotonic()
            candles += conn.execute(f"insert into plain {query}").rowcount
            inserted += time.monotonic() - started
            conn.execute("drop table plain")
    return {
        "candles": candles,
        "insert_candles_per_s": round(candles / inserted),
        "refresh_candles_per_s": round(candles / refreshed),
        "ratio_to_insert": round(inserted / refreshed, 2),
    }


if __name__ == "__main__":
    main()
