"""Measures a feed beside a bare loop that receives the same frames and produces them unparsed.

A venue in a process of its own sends Kraken's frames as fast as they are read. Prints the report
and writes build/bench-feed.json; with --minutes it also sends twice what the feed can take and
reports the memory of the process.
"""

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import confluent_kafka
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from ingest.feed import run as feeds
from ingest.feed.source import Options
from ingest.kafka import topics
from ingest.kafka.client import client
from ingest.kafka.producer import CONF
from ingest.loader.settings import LoaderSettings
from stack import broker as brokers
from stack.venue.kraken import trade_frame
from stack.venue.market import Market

REPORT = Path("build/bench-feed.json")
PAIR = "BTC/USD"
PREPARED = 20_000  # frames, sent again and again
BURST = 200  # frames written at once


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", type=int, metavar="TRADES", help="be the venue")
    parser.add_argument("--rate", type=float, default=0.0, help="frames per second of the venue")
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=0.0)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(_serve(given.serve, given.rate))
        return
    report: dict[str, Any] = {}
    with brokers.start() as broker:
        report["broker"] = broker.description
        settings = LoaderSettings(bootstrap_servers=broker.bootstrap_servers)
        for trades in (1, 5):
            report[f"{trades} per frame"] = _compare(settings, trades, given.frames, given.pairs)
        if given.minutes:
            rate = 2 * report["1 per frame"]["feed_frames_per_second"]
            report["memory"] = _flood(settings, rate, given.minutes * 60)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))
    print(json.dumps(report, indent=2))


def _compare(
    settings: LoaderSettings, trades: int, frames: int, pairs: int
) -> dict[str, float | int]:
    """Runs both in turn, from the first frame until the broker has acknowledged everything."""
    bare, fed, cpu = [], [], []
    for number in range(pairs + 1):  # the first does not count
        topic = f"bench.feed.{trades}.{number}"
        topics.ensure(settings, [topic])
        with _venue(trades) as url:
            bare.append(asyncio.run(_bare(settings, url, topic, frames)))
        with _venue(trades) as url:
            seconds, spent = _feed(settings, url, topic, frames * trades)
            fed.append(seconds)
            cpu.append(spent)
    ratios = [one / other for one, other in zip(bare[1:], fed[1:], strict=True)]
    return {
        "bare_frames_per_second": round(frames / statistics.median(bare[1:])),
        "feed_frames_per_second": round(frames / statistics.median(fed[1:])),
        "feed_trades_per_second": round(frames * trades / statistics.median(fed[1:])),
        "ratio": round(statistics.median(ratios), 2),
        "worst_ratio": round(min(ratios), 2),
        "feed_cpu_us_per_trade": round(statistics.median(cpu[1:]) / frames / trades * 1e6, 1),
    }


async def _bare(settings: LoaderSettings, url: str, topic: str, frames: int) -> float:
    """Returns the seconds that it took."""
    producer = client(confluent_kafka.Producer, settings, CONF)
    async with connect(url, max_size=None, compression=None) as connection:
        await connection.send("{}")
        frame = await connection.recv(decode=False)
        started = time.monotonic()
        for number in range(frames):
            frame = await connection.recv(decode=False)
            while True:
                try:
                    producer.produce(topic, frame, f"KRAKEN:{PAIR}")
                    break
                except BufferError:
                    producer.poll(0.01)
            if number % 100 == 0:
                producer.poll(0)
        producer.flush()
        seconds = time.monotonic() - started
        connection.transport.abort()  # the venue would not stop for a closing handshake
        return seconds


def _feed(settings: LoaderSettings, url: str, topic: str, trades: int) -> tuple[float, float]:
    """Returns the seconds that it took, of the clock and of CPU."""
    [feed] = feeds.prepare({"kraken": Options(symbols=(PAIR,), url=url)}, {})
    stop = threading.Event()
    read = feed.source.read
    seen, started, cpu = 0, 0.0, 0.0

    def count(frame: bytes, received_at: Any) -> Any:
        nonlocal seen, started, cpu
        if not seen:
            started, cpu = time.monotonic(), time.process_time()
        reading = read(frame, received_at)
        seen += len(reading.messages)
        if seen >= trades:
            stop.set()
        return reading

    feed.source.read = count  # type: ignore[method-assign]
    feeds.run(settings, [feed], stop, topic=topic, dead_letters=f"{topic}.dead")
    return time.monotonic() - started, time.process_time() - cpu


def _flood(settings: LoaderSettings, rate: float, seconds: float) -> dict[str, float]:
    """Runs a feed of a venue that sends twice what it can take; returns its memory in MB."""
    [feed] = [None]
    sizes: list[float] = []
    with _venue(1, rate) as url:
        [feed] = feeds.prepare({"kraken": Options(symbols=(PAIR,), url=url)}, {})
        stop = threading.Event()
        thread = threading.Thread(
            target=feeds.run, args=(settings, [feed], stop), kwargs={"topic": "bench.flood"}
        )
        thread.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(1)
            sizes.append(_resident_mb())
        stop.set()
        thread.join()
    return {
        "frames_per_second_sent": round(rate),
        "after_10_s_mb": round(sizes[min(9, len(sizes) - 1)], 1),
        "at_the_end_mb": round(sizes[-1], 1),
    }


class _venue:  # noqa: N801 - a context manager
    """A venue in a process of its own; gives its address."""

    def __init__(self, trades: int, rate: float = 0.0) -> None:
        words = ["-m", "bench.feed", "--serve", str(trades), "--rate", str(rate)]
        self._process = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE)

    def __enter__(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().decode().strip()

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


async def _serve(trades: int, rate: float) -> None:
    """Sends frames to whoever connects and has said something."""
    market = Market()
    frames = [
        _packed(trade_frame(PAIR, [market.trade(PAIR) for _ in range(trades)]).encode())
        for _ in range(PREPARED)
    ]
    bursts = [b"".join(frames[at : at + BURST]) for at in range(0, PREPARED, BURST)]

    async def handle(connection: ServerConnection) -> None:
        await connection.recv()
        started, sent = time.monotonic(), 0
        while True:
            for burst in bursts:
                if connection.transport.is_closing():
                    return
                connection.transport.write(burst)
                sent += BURST
                due = started + sent / rate if rate else 0.0
                if due > time.monotonic():
                    await asyncio.sleep(due - time.monotonic())
                await connection.drain()

    async with serve(handle, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        print(f"ws://127.0.0.1:{port}/v2", flush=True)
        await asyncio.Future()


def _packed(text: bytes) -> bytes:
    """Returns a text frame as a server sends it (RFC 6455, 5.2)."""
    length = len(text)
    head = bytes([length]) if length < 126 else b"\x7e" + length.to_bytes(2)
    return b"\x81" + head + text


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    main()
