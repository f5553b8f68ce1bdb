"""`stockpulse demo`: the whole path on this machine, from simulated ticks to the chart.

The package `stack` is imported only when the command runs, so that no --help needs it.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import click
import psycopg

from cli import logs, settings
from cli.latency_probe import LatencyProbe
from cli.stopping import stopping
from db import connect, migrate, sql
from db.errors import StockpulseError, UsageError
from db.settings import changed
from ingest.loader.settings import LoaderSettings
from ingest.sources import simulate

SYMBOLS = ("AAPL", "MSFT", "NVDA", "TSLA", "AMZN", "GOOG")
POLL_SECONDS = 0.02  # between queries for new ticks, and so the error of the latencies
START_SECONDS = 60.0
STORE_SECONDS = 30.0  # for the loader to store the last ticks
END_SECONDS = 10.0  # for a command to end after SIGTERM


@click.command()
@click.option("--seconds", type=click.FloatRange(min=1), help="Stop after this many seconds.")
@click.option(
    "--rate", type=click.FloatRange(min=1), default=1000.0, show_default=True,
    help="Simulated ticks per second.",
)  # fmt: skip
@click.option(
    "--feed",
    "feed",
    type=click.Choice(["fake"]),
    help="Take trades from a venue that runs on this machine, cut its connection, fill the gap.",
)
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True,
    help="Port of the API and the chart.",
)  # fmt: skip
def demo(seconds: float | None, rate: float, feed: str | None, port: int) -> None:
    """Run the whole path on this machine, from simulated ticks to the chart.

    Starts a database and a broker unless STOCKPULSE_DATABASE_URL and KAFKA_BOOTSTRAP_SERVERS name
    them, then the loader, the API and a simulator, or with --feed a venue whose connection is cut
    once. Runs until Ctrl-C or for --seconds, prints a summary and removes what it started.
    `stockpulse stack --help` names the supported platforms.
    """
    from stack.server.ports import port_is_free

    if not port_is_free(port):
        raise UsageError(f"port {port} of 127.0.0.1 is in use; choose another with --port")
    logs.configure(logging.WARNING)  # progress is printed, not logged
    with stopping() as stop, ExitStack() as running:
        given = _start_stack(running)
        click.echo("schema: migrating")
        migrate.upgrade(given.database_url)
        api = _start_command(running, given, "serve", "--port", str(port))
        loader = _start_command(running, given, "load")
        conn = running.enter_context(_reading(given.database_url))
        _wait_for(lambda: _answers(port), api, "the API", stop)
        _wait_for(lambda: _has_partitions(conn), loader, "the loader", stop)
        if feed:
            from cli import demo_feed

            _announce(port, given, demo_feed.SYMBOLS[0])
            probe = LatencyProbe(conn, demo_feed.SYMBOLS)
            start = partial(_start_command, running, given)
            produced = demo_feed.publish(given, start, rate, seconds, stop, probe)
        else:
            _announce(port, given, SYMBOLS[0])
            probe = LatencyProbe(conn, SYMBOLS)
            produced = _simulate(given, rate, seconds, stop, probe)
        all_stored = _wait_until_stored(conn, produced, probe)
        _summarise(conn, produced, probe)
        ended = _end(loader) & _end(api)
    if not (all_stored and ended):
        raise StockpulseError("the demo failed, see above")


def _start_stack(running: ExitStack) -> LoaderSettings:
    """Starts database and broker; returns settings with their addresses."""
    from stack import broker as brokers
    from stack import database as databases

    database = running.enter_context(databases.start(report=click.echo))
    broker = running.enter_context(brokers.start(report=click.echo))
    return changed(
        settings.read(os.environ).loader,
        database_url=database.url,
        bootstrap_servers=broker.bootstrap_servers,
    )


def _start_command(
    running: ExitStack, given: LoaderSettings, *words: str
) -> subprocess.Popen[bytes]:
    """Starts a `stockpulse` command that ends with the demo."""
    environ = os.environ | {
        "STOCKPULSE_DATABASE_URL": given.database_url,
        "KAFKA_BOOTSTRAP_SERVERS": given.bootstrap_servers,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "--quiet", *words],
        env=environ,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches the demo only, which ends its commands
    )
    running.callback(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> bool:
    """Ends a command; returns whether its exit code is 0."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(END_SECONDS) == 0
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait() == 0


@contextmanager
def _reading(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with (
        connect.connect(database_url, application_name="stockpulse demo", autocommit=True) as conn,
        connect.translated(),
    ):
        yield conn


def _wait_for(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], name: str, stop: threading.Event
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not (stop.is_set() or ready()):
        if process.poll() is not None:
            raise StockpulseError(f"{name} did not start, see above")
        if time.monotonic() > deadline:
            raise StockpulseError(f"{name} was not ready within {START_SECONDS:.0f} s")
        stop.wait(0.05)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1):
            return True
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _has_partitions(conn: psycopg.Connection[Any]) -> bool:
    """Returns whether the loader has its partitions."""
    return conn.execute(sql.load("cli", "demo_placed")).fetchone() == (True,)


def _announce(port: int, given: LoaderSettings, symbol: str) -> None:
    url = f"http://127.0.0.1:{port}"
    click.echo(f"chart:  {url}/")
    click.echo(f"docs:   {url}/docs")
    click.echo(f"candles: curl '{url}/bars/latest?symbol={symbol}&limit=5'")
    click.echo(f"SQL:    psql '{given.database_url}'")
    click.echo("press Ctrl-C to stop")


def _simulate(
    given: LoaderSettings,
    rate: float,
    seconds: float | None,
    stop: threading.Event,
    probe: LatencyProbe,
) -> int:
    """Publishes ticks until the end, measuring latency; returns how many the broker accepted."""
    published: list[int] = []

    def run() -> None:
        result = simulate.publish(given, SYMBOLS, rate=rate, seconds=seconds, stop=stop)
        published.append(result.count)

    simulator = threading.Thread(target=run)
    simulator.start()
    while simulator.is_alive():
        probe.poll()
        simulator.join(POLL_SECONDS)
    if not published:
        raise StockpulseError("the simulator failed, see above")
    return published[0]


def _wait_until_stored(conn: psycopg.Connection[Any], produced: int, probe: LatencyProbe) -> bool:
    deadline = time.monotonic() + STORE_SECONDS
    while True:
        probe.poll()
        ticks, rejects = _counts(conn)
        if ticks + rejects == produced:
            return rejects == 0
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)


def _counts(conn: psycopg.Connection[Any]) -> tuple[int, int]:
    row = conn.execute(sql.load("cli", "demo_counts")).fetchone()
    assert row is not None
    return row[0], row[1]


def _summarise(conn: psycopg.Connection[Any], produced: int, probe: LatencyProbe) -> None:
    ticks, rejects = _counts(conn)
    click.echo(f"ticks    {produced} produced, {ticks} stored, {rejects} rejected")
    for level, candles, counted in conn.execute(sql.load("cli", "demo_candles")).fetchall():
        click.echo(f"{level:>4}     {candles} candles of {counted or 0} ticks")
    if len(probe.latencies) > 1:
        p50, p99 = probe.percentiles()
        click.echo(f"latency  from tick to visible: p50 {p50:.0f} ms, p99 {p99:.0f} ms")
