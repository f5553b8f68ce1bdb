"""A database with trades of many symbols, and the API over it, as the comparisons need them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import httpx
import psycopg

from bench.commands import running
from db import migrate, sql
from stack import database as databases

SYMBOLS = 100
DAYS = 25
PORT = 18978
SETTINGS = {"shared_buffers": "2GB", "max_wal_size": "8GB"}
START_SECONDS = 30


class Filled(NamedTuple):
    """A filled database: its URL, description, number of trades, and the end of the last day."""

    url: str
    description: str
    trades: int
    end: datetime


@contextmanager
def database(trades: int) -> Iterator[Filled]:
    """Yields a database with that many trades, spread evenly over 25 days and 100 symbols."""
    now = datetime.now(UTC)
    end = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if given := os.environ.get("BENCH_DATABASE_URL"):  # one filled before, by this function
        with psycopg.connect(given) as conn:
            row = conn.execute("select count(*), max(ts) from market.trades").fetchone()
        assert row is not None
        yield Filled(given, "given", row[0], row[1].replace(hour=0, minute=0, second=0) + DAY)
        return
    with databases.start(settings=SETTINGS, report=print) as started:
        migrate.upgrade(started.url)
        with psycopg.connect(started.url, autocommit=True) as conn:
            conn.execute(sql.load("bench", "add_symbols"), {"symbols": SYMBOLS})
            for day in range(DAYS, 0, -1):
                values = {"trades": trades // DAYS, "symbols": SYMBOLS, "until": now}
                since = end - timedelta(days=day)
                conn.execute(sql.load("bench", "fill_day"), values | {"since": since})
        subprocess.run(
            [sys.executable, "-m", "cli", "--quiet", "refresh"],
            env=os.environ | {"STOCKPULSE_DATABASE_URL": started.url},
            check=True,
        )
        with psycopg.connect(started.url, autocommit=True) as conn:
            conn.execute("vacuum analyze")
        yield Filled(started.url, started.description, trades, end)


DAY = timedelta(days=1)


@contextmanager
def served(url: str) -> Iterator[str]:
    """Yields the address of one API process over a database."""
    address = f"http://127.0.0.1:{PORT}"
    environ = os.environ | {"STOCKPULSE_DATABASE_URL": url}
    with running(environ, "serve", "--port", str(PORT)):
        wait_for(f"{address}/health")
        yield address


def wait_for(url: str) -> None:
    """Returns once a URL answers with 200; raises TimeoutError."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"{url} does not answer")
