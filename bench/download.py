"""Measures a download, and publishing hours that are there already against only decoding them.

A fake venue serves a month of synthetic EUR/USD, which one command downloads, publishes, loads,
makes visible and verifies. Prints the report and writes build/bench-download.json.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from db import migrate
from db.settings import changed
from ingest.download.pace import PAUSE_EVERY, PAUSE_SECONDS, PER_SECOND
from ingest.download.schedule import WEEK, Schedule
from ingest.kafka import topics
from ingest.loader.settings import LoaderSettings
from ingest.sources import dukascopy
from ingest.sources.dukascopy_hours import DECODERS, messages
from ingest.sources.dukascopy_instruments import Instrument
from stack import broker as brokers
from stack import database as databases
from tests.fakes.dukascopy import FakeDukascopy, as_bi5, as_json, serving, ticks_of

REPORT = Path("build/bench-download.json")
EURUSD = Instrument("EUR/USD", 5)
SINCE = datetime(2026, 2, 1, tzinfo=UTC)
TICKS_PER_HOUR = 5_200  # 2.5 million in the 480 open hours of February
SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--pairs", type=int, default=5)
    given = parser.parse_args()
    until = SINCE + timedelta(days=given.days)
    report: dict[str, Any] = {"days": given.days}
    with databases.start(settings=SETTINGS, report=print) as database, brokers.start() as broker:
        migrate.upgrade(database.url)
        report |= {"database": database.description, "broker": broker.description}
        settings = changed(
            LoaderSettings(),
            database_url=database.url,
            bootstrap_servers=broker.bootstrap_servers,
        )
        for form in DECODERS:
            report[form] = _files(settings, form, until, given.pairs)
            print(json.dumps({form: report[form]}))
        report["download"] = _download(settings, until)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))
    print(json.dumps(report, indent=2))


def _files(settings: LoaderSettings, form: str, until: datetime, pairs: int) -> dict[str, Any]:
    """Publishes hours from files, in turn with loops that only decode them, or make messages."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        _write(root, form, until)
        hours, _ = dukascopy.find(root)
        decode: list[float] = []
        make: list[float] = []
        publish: list[float] = []
        for number in range(pairs + 1):  # the first does not count
            topic = f"bench.files.{form}.{number}"
            topics.ensure(settings, [topic])
            decode.append(_timed(lambda: _decode(hours, form)))
            make.append(_timed(lambda: _make(hours, form)))
            publish.append(_timed(lambda name=topic: dukascopy.publish(settings, root, topic=name)))
    ticks = len(hours) * TICKS_PER_HOUR
    seconds = statistics.median(publish[1:])
    ratios = {
        name: round(statistics.median(a / b for a, b in zip(loop[1:], publish[1:], strict=True)), 2)
        for name, loop in (("to_decoding", decode), ("to_making_messages", make))
    }
    return {"ticks": ticks, "published_per_s": round(ticks / seconds), **ratios}


def _write(root: Path, form: str, until: datetime) -> None:
    for hour in Schedule(WEEK).hours(SINCE, until):
        file = dukascopy.path(root, EURUSD, hour, form)
        file.parent.mkdir(parents=True, exist_ok=True)
        ticks = ticks_of("EURUSD", hour, TICKS_PER_HOUR)
        file.write_bytes(as_bi5(ticks) if form == "bi5" else as_json(ticks, hour))


def _decode(hours: list[dukascopy.Hour], form: str) -> None:
    for hour in hours:
        DECODERS[form](hour.path.read_bytes(), EURUSD, hour.start)


def _make(hours: list[dukascopy.Hour], form: str) -> None:
    for hour in hours:
        quotes = DECODERS[form](hour.path.read_bytes(), EURUSD, hour.start)
        for _ in messages(EURUSD, hour.start, quotes):
            pass


def _timed(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def _download(settings: LoaderSettings, until: datetime) -> dict[str, Any]:
    """Downloads, loads and verifies the range in one command."""
    environ = {
        "STOCKPULSE_DATABASE_URL": settings.database_url,
        "KAFKA_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
    }
    times = (f"--since={SINCE.isoformat()}", f"--until={until.isoformat()}")
    with serving(FakeDukascopy(TICKS_PER_HOUR)) as address:
        words = ["--quiet", "download", "dukascopy", "--accept-terms", "--load"]
        words += ["--symbols=EUR/USD", *times, f"--url={address}/v1"]
        started = time.monotonic()
        subprocess.run([sys.executable, "-m", "cli", *words], env=environ, check=True)
        seconds = time.monotonic() - started
    with psycopg.connect(settings.database_url) as conn:
        row = conn.execute(
            "select count(*), sum(\"rows\") from ops.download_hours where state = 'done'"
        ).fetchone()
    assert row is not None
    hours, ticks = row
    paced = hours / PER_SECOND + hours // PAUSE_EVERY * PAUSE_SECONDS
    return {
        "hours": hours,
        "ticks": ticks,
        "seconds": round(seconds, 1),
        "of_which_politeness": round(paced, 1),  # no request may start earlier
    }


if __name__ == "__main__":
    main()
