"""Pages of one symbol's day over REST, from the database and from the archive, in turns.

Two days have the same trades; the archive alone has the first, of trades and of 1m candles. Prints
the medians and their ratios, and writes build/bench-archived.json.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import psycopg

from archive import one_day, session, tables
from archive.settings import ArchiveSettings
from bench.commands import running
from bench.loader import pause_jobs
from db import migrate
from stack import database as databases

REPORT = Path("build/bench-archived.json")
PORT = 18974
SYMBOLS = 50
SYMBOL = "S021"
ARCHIVED, STORED = date(2026, 3, 2), date(2026, 3, 3)
RELATIONS = ("trades", "candles_1m")
INSTRUMENTS = """
insert into market.instruments (symbol)
select 'S' || lpad(n::text, 3, '0') from generate_series(0, %(symbols)s - 1) as n
"""
TRADES = """
insert into market.trades (ts, symbol, source, price, size, tick_id, seq, batch, rules, moves)
select
    %(day)s::timestamptz + n * interval '86400 seconds' / %(trades)s,
    'S' || lpad((n %% %(symbols)s)::text, 3, '0'),
    'bench', round(100 + (n %% 977) * 0.01, 2), 1 + n %% 50, n, n, 1, 1, 221
from generate_series(0, %(trades)s - 1) as n
"""
PAGES = {
    "a day of 1m bars": "/v1/bars?timeframe=1m&limit=1440",
    "100 bars of 1m, newest first": "/v1/bars?timeframe=1m&limit=100&sort=desc",
    "a day of 3m bars": "/v1/bars?timeframe=3m&limit=1440",
    "a page of 1,000 trades": "/v1/trades?limit=1000",
    "a page of 10,000 trades": "/v1/trades?limit=10000",
    "1,000 trades, newest first": "/v1/trades?limit=1000&sort=desc",
}


def main() -> None:
    """Runs the comparison."""
    arguments = _arguments()
    with databases.start(report=print) as database, tempfile.TemporaryDirectory() as warehouse:
        migrate.upgrade(database.url)
        pause_jobs(database.url)
        _fill(database.url, database.edition, arguments.trades)
        _archive(database.url, warehouse)
        with _served(database.url, warehouse) as client:
            found = {name: _compare(client, path, arguments.pairs) for name, path in PAGES.items()}
    report = {"database": database.description, "trades_per_day": arguments.trades, "pages": found}
    for name, figures in found.items():
        print(
            f"{name:<30} database {figures['stored_ms']:6.1f} ms,"
            f" archive {figures['archived_ms']:6.1f} ms, ratio {figures['ratio']:.1f}"
        )
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=1_000_000, help="per day")
    parser.add_argument("--pairs", type=int, default=30)
    return parser.parse_args()


def _fill(url: str, edition: str, trades: int) -> None:
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as conn:
        conn.execute(INSTRUMENTS, {"symbols": SYMBOLS})
        for day in (ARCHIVED, STORED):
            conn.execute(TRADES, {"day": day, "trades": trades, "symbols": SYMBOLS})
        if edition == "apache":
            conn.execute(
                "insert into ops.candle_changes (kind, symbol, since, until)"
                " values ('trades', null, '2026-03-01', '2026-03-05')"
            )
            conn.execute("call market.refresh_candles()")
        else:
            for level in ("1m", "5m", "15m", "30m", "1h", "4h", "12h", "1d"):
                conn.execute(
                    f"call refresh_continuous_aggregate('ops.candles_{level}', null, null)"
                )
        conn.execute("analyze")


def _archive(url: str, warehouse: str) -> None:
    """Archives the first day, and drops it from the database."""
    settings = ArchiveSettings(database_url=url, warehouse=warehouse)
    with session.opened(settings) as (conn, iceberg):
        known = {one.name: one for one in tables.relations(conn)}
        for relation in RELATIONS:
            one_day.archive(conn, iceberg, known[relation], ARCHIVED, force=False, patience=60.0)
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as conn:
        for relation, column in zip(RELATIONS, ("ts", "bucket"), strict=True):
            store = conn.execute("select ops.hypertable_of(%s)::text", [relation]).fetchone()
            assert store
            conn.execute(f"delete from {store[0]} where {column} < %s", [STORED])
            conn.execute(
                "select ops.note_dropped(%s, tstzmultirange(tstzrange(null, %s)), true)",
                [relation, STORED],
            )
        conn.execute("vacuum analyze")


@contextmanager
def _served(url: str, warehouse: str) -> Iterator[httpx.Client]:
    environ = os.environ | {
        "STOCKPULSE_DATABASE_URL": url,
        "STOCKPULSE_WAREHOUSE": warehouse,
        "STOCKPULSE_API_CACHE_MS": "900",
    }
    address = f"http://127.0.0.1:{PORT}"
    with (
        running(environ, "serve", "--port", str(PORT)),
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                if client.get("/health/ready").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield client


def _compare(client: httpx.Client, path: str, pairs: int) -> dict[str, Any]:
    """Returns the medians of both days, which are asked for in turns."""
    times: dict[date, list[float]] = {ARCHIVED: [], STORED: []}
    counts = set()
    for number in range(pairs + 3):
        for day, found in times.items():
            window = {"start": f"{day}", "end": f"{date.fromordinal(day.toordinal() + 1)}"}
            began = time.perf_counter()
            answer = client.get(
                f"{path}&symbols={SYMBOL}&start={window['start']}&end={window['end']}"
            )
            answer.raise_for_status()
            if number >= 3:  # both are warm
                found.append((time.perf_counter() - began) * 1000)
            counts.add(answer.text.count('{"t"'))
    assert len(counts) == 1, f"{path}: {counts}"
    archived, stored = (statistics.median(times[day]) for day in (ARCHIVED, STORED))
    return {
        "rows": counts.pop(),
        "archived_ms": archived,
        "stored_ms": stored,
        "ratio": archived / stored,
    }


if __name__ == "__main__":
    main()
