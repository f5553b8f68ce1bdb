"""Measures `stockpulse publish csv` against a loop of csv.reader that only produces the bytes.

Both read the same file of trades in Binance's layout and produce to the same Kafka, one after the
other, each as a process of its own. Prints the report and writes build/bench-files.json.
"""

import argparse
import csv
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import confluent_kafka

from ingest.kafka.producer import CONF
from stack import broker as brokers

REPORT = Path("build/bench-files.json")
FILE = Path("/var/tmp/stockpulse/BTCUSDT-trades-2026-01.csv")
PARTITIONS = 6
START_US = 1_767_225_600_000_000  # 2026-01-01


def main() -> None:
    arguments = _arguments()
    if arguments.loop:
        _loop(*arguments.loop)
        return
    _write(arguments.trades)
    report: dict[str, Any] = {"trades": arguments.trades, "loops": [], "publish csv": []}
    try:
        with brokers.start() as broker:
            broker.create_topics(["bench.loop", "bench.csv"], partitions=PARTITIONS)
            loop = [sys.executable, "-m", "bench.files", "--loop"]
            loop += [str(FILE), "bench.loop", broker.bootstrap_servers]
            command = [sys.executable, "-m", "cli", "--quiet", "publish", "csv", str(FILE)]
            command += ["--layout", "binance", "--topic", "bench.csv"]
            environ = {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers}
            for _ in range(arguments.pairs):
                report["loops"].append(_run(loop, environ))
                report["publish csv"].append(_run(command, environ))
    finally:
        FILE.unlink(missing_ok=True)
    ratios = [
        loop["seconds"] / ours["seconds"]
        for loop, ours in zip(report["loops"], report["publish csv"], strict=True)
    ]
    report["ratio"] = round(statistics.median(ratios), 2)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))
    print(json.dumps(report, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=10_000_000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--loop", nargs=3, metavar=("FILE", "TOPIC", "SERVERS"), help="used by it")
    return parser.parse_args()


def _write(trades: int) -> None:
    FILE.parent.mkdir(parents=True, exist_ok=True)
    with FILE.open("w") as file:
        file.writelines(_rows(trades))


def _rows(trades: int) -> Iterator[str]:
    """Yields trades like those of a busy pair: 50 per second, prices that wander, odd sizes."""
    ticks = 6_401_210
    for number in range(trades):
        ticks += (number * 7_919 % 21) - 10
        size = number * 104_729 % 9_000_000 + 1
        price = f"{ticks // 100}.{ticks % 100:02}000000"
        quote = f"{ticks * size // 10**6}.{number % 10**8:08}"
        at = START_US + number * 20_011
        yield (
            f"{4_359_167_191 + number},{price},0.{size:08},{quote},{at},"
            f"{'True' if number % 3 else 'False'},True\n"
        )


def _run(command: list[str], environ: dict[str, str]) -> dict[str, float]:
    """Runs a command; returns its seconds, those of the processor, and its peak of memory."""
    started = time.perf_counter()
    process = os.posix_spawn(command[0], command, environ)
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return {
        "seconds": round(seconds, 2),
        "cpu seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "peak MB": round(usage.ru_maxrss / 1024),
    }


def _loop(file: str, topic: str, servers: str) -> None:
    """Reads rows with csv.reader and produces each as the line that it was."""
    producer = confluent_kafka.Producer({**CONF, "bootstrap.servers": servers})
    with Path(file).open(newline="") as stream:
        for number, row in enumerate(csv.reader(stream)):
            value = ",".join(row).encode()
            while True:
                try:
                    producer.produce(topic, value, "BINANCE:BTCUSDT")
                    break
                except BufferError:
                    producer.poll(0.1)
            if not number % 1000:
                producer.poll(0)
    producer.flush()


if __name__ == "__main__":
    main()
