"""`stockpulse demo`: the whole path on this machine, from simulator to chart, with a summary."""

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
from typing import Any

import click
import psycopg

from cli import logs
from cli.load import stopping
from cli.watch import Watch
from db import connect, migrate, settings, sql
from db.errors import StockpulseError, UsageError
from db.settings import Settings
from ingest.sources import simulate
from stack import broker as brokers
from stack import database as databases
from stack.process import port_is_free

SYMBOLS = ("AAPL", "MSFT", "NVDA", "TSLA", "AMZN", "GOOG")
LOOK_SECONDS = 0.02  # between looks for new ticks: the latencies are right to within that
START_SECONDS = 60.0
STORE_SECONDS = 30.0  # after the last tick was sent
END_SECONDS = 10.0


@click.command()
@click.option("--seconds", type=click.FloatRange(min=1), help="End by itself, with a summary.")
@click.option(
    "--rate", type=click.FloatRange(min=1), default=1000.0, show_default=True,
    help="Simulated ticks a second.",
)  # fmt: skip
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
def demo(seconds: float | None, rate: float, port: int) -> None:
    """Show it all: database, broker, simulated ticks, loader, API and chart page."""
    if not port_is_free(port):
        raise UsageError(f"port {port} of 127.0.0.1 is taken; --port names another")
    logs.configure(logging.WARNING)  # what there is to say, the demo says itself
    with stopping() as stop, ExitStack() as running:
        given = _stack(running)
        click.echo("schema: migrating")
        migrate.upgrade(given.database_url)
        service = _start(running, given, "serve", "--port", str(port))
        loader = _start(running, given, "load")
        conn = running.enter_context(_reading(given.database_url))
        _wait_for(lambda: _answers(port), service, "the API", stop)
        _wait_for(lambda: _is_placed(conn), loader, "the loader", stop)
        _announce(port, given)
        watch = Watch(conn, SYMBOLS)
        produced = _simulate(given, rate, seconds, stop, watch)
        done = _wait_until_stored(conn, produced, watch)
        _summarise(conn, produced, watch)
        ended = _end(loader) & _end(service)
    if not (done and ended):
        raise StockpulseError("the demo did not come out as it should, see above")


def _stack(running: ExitStack) -> Settings:
    """Starts database and broker, and returns the settings that point at them."""
    database = running.enter_context(databases.start(say=click.echo))
    broker = running.enter_context(brokers.start(say=click.echo))
    return settings.changed(
        settings.read(os.environ),
        database_url=database.url,
        bootstrap_servers=broker.bootstrap_servers,
    )


def _start(running: ExitStack, given: Settings, *words: str) -> subprocess.Popen[bytes]:
    """Starts a command of ours that ends with the demo."""
    environ = os.environ | {
        "STOCKPULSE_DATABASE_URL": given.database_url,
        "KAFKA_BOOTSTRAP_SERVERS": given.bootstrap_servers,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "--quiet", *words],
        env=environ,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us alone
    )
    running.callback(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> bool:
    """Ends a command; tells whether it ended well."""
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
    ready: Callable[[], bool], process: subprocess.Popen[bytes], what: str, stop: threading.Event
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not (stop.is_set() or ready()):
        if process.poll() is not None:
            raise StockpulseError(f"{what} did not start, see above")
        if time.monotonic() > deadline:
            raise StockpulseError(f"{what} was not ready in {START_SECONDS:.0f} s")
        stop.wait(0.05)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1):
            return True
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _is_placed(conn: psycopg.Connection[Any]) -> bool:
    """Tells whether the loader has its partitions."""
    return conn.execute(sql.load("cli", "demo_placed")).fetchone() == (True,)


def _announce(port: int, given: Settings) -> None:
    url = f"http://127.0.0.1:{port}"
    click.echo(f"chart:  {url}/")
    click.echo(f"docs:   {url}/docs")
    click.echo(f"candles: curl '{url}/bars/latest?symbol=AAPL&limit=5'")
    click.echo(f"SQL:    psql '{given.database_url}'")
    click.echo("Ctrl-C ends it")


def _simulate(
    given: Settings, rate: float, seconds: float | None, stop: threading.Event, watch: Watch
) -> int:
    """Publishes until the end, watching; returns how many ticks the broker has taken."""
    published: list[int] = []

    def run() -> None:
        made = simulate.publish(given, SYMBOLS, rate=rate, seconds=seconds, stop=stop)
        published.append(made.count)

    simulator = threading.Thread(target=run)
    simulator.start()
    while simulator.is_alive():
        watch.look()
        simulator.join(LOOK_SECONDS)
    if not published:
        raise StockpulseError("the simulator failed, see above")
    return published[0]


def _wait_until_stored(conn: psycopg.Connection[Any], produced: int, watch: Watch) -> bool:
    deadline = time.monotonic() + STORE_SECONDS
    while True:
        watch.look()
        ticks, rejects = _counts(conn)
        if ticks + rejects == produced:
            return rejects == 0
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_SECONDS)


def _counts(conn: psycopg.Connection[Any]) -> tuple[int, int]:
    row = conn.execute(sql.load("cli", "demo_counts")).fetchone()
    assert row is not None
    return row[0], row[1]


def _summarise(conn: psycopg.Connection[Any], produced: int, watch: Watch) -> None:
    ticks, rejects = _counts(conn)
    click.echo(f"ticks    {produced} produced, {ticks} stored, {rejects} rejected")
    for level, candles, counted in conn.execute(sql.load("cli", "demo_candles")).fetchall():
        click.echo(f"{level:>4}     {candles} candles of {counted or 0} ticks")
    if len(watch.latencies) > 1:
        p50, p99 = watch.percentiles()
        click.echo(f"latency  from tick to visible: p50 {p50:.0f} ms, p99 {p99:.0f} ms")
