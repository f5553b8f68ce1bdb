"""Measures how long after its time a tick is visible, at a steady rate and default settings.

Prints the report and writes build/bench-freshness.json.
"""

import argparse
import json
import time
from pathlib import Path

from bench.commands import running
from cli.latency_probe import LatencyProbe
from db import connect, migrate
from db.errors import StockpulseError
from stack import broker as brokers
from stack import database as databases

SYMBOLS = [f"SYM{number:03}" for number in range(20)]
LOOK_SECONDS = 0.01
GRACE_SECONDS = 60
REPORT = Path("build/bench-freshness.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=5_000)
    parser.add_argument("--seconds", type=int, default=30)
    given = parser.parse_args()
    with databases.start(report=print) as database, brokers.start(report=print) as broker:
        migrate.upgrade(database.url)
        environ = {
            "STOCKPULSE_DATABASE_URL": database.url,
            "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        }
        with running(environ, "load"):
            watch = _watch(database.url, environ, given.rate, given.seconds)
    p50, p99 = watch.percentiles()
    report = {
        "ticks": len(watch.latencies),
        "rate": given.rate,
        "p50_ms": round(p50),
        "p99_ms": round(p99),
    }
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))
    print(json.dumps(report))


def _watch(url: str, environ: dict[str, str], rate: int, seconds: int) -> LatencyProbe:
    """Returns the latencies once every tick is visible."""
    total = rate * seconds
    simulation = ("--rate", str(rate), "--seconds", str(seconds), "--symbols", ",".join(SYMBOLS))
    with connect.connect(url, application_name="bench", autocommit=True) as conn:
        while conn.execute("select count(*) from ops.kafka_offsets").fetchone() == (0,):
            time.sleep(LOOK_SECONDS)
        watch = LatencyProbe(conn, SYMBOLS)
        deadline = time.monotonic() + seconds + GRACE_SECONDS
        with running(environ, "publish", "simulate", *simulation):
            while len(watch.latencies) < total:
                if time.monotonic() > deadline:
                    raise StockpulseError(f"{len(watch.latencies)} of {total} ticks became visible")
                watch.poll()
                time.sleep(LOOK_SECONDS)
    return watch


if __name__ == "__main__":
    main()
