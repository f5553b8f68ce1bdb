"""Measures reads of a symbol that trades, beside the same reads of one that no longer does.

Both have the same history; the live one is fed through Kafka and a loader while it is read. Prints
a table and writes build/bench-live-reads.json.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bench.commands import running
from db import migrate, sql
from ingest.kafka import producer, topics
from ingest.loader.settings import LoaderSettings
from ingest.sources import simulate
from stack import broker as brokers
from stack import database as databases

REPORT = Path("build/bench-live-reads.json")
PORT = 18977
WARM_SECONDS = 75  # more than the widest range that is still read as seconds or trades
DEAD_DAYS = 40  # ago
HISTORY = timedelta(days=1)
SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB"}

Ask = Callable[[], None]


def main() -> None:
    arguments = _arguments()
    report: dict[str, Any] = {}
    with databases.start(settings=SETTINGS, report=print) as database, brokers.start() as broker:
        migrate.upgrade(database.url)
        environ = {
            "STOCKPULSE_DATABASE_URL": database.url,
            "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        }
        report["database"] = database.description
        live = [f"LIVE{number}" for number in range(arguments.symbols)]
        _fill(environ, live)
        _add_days(database.url, arguments.days)
        with running(environ, "serve", "--port", str(PORT)), running(environ, "load"):
            simulation = ("--rate", str(arguments.rate), "--symbols", ",".join(live))
            with running(environ, "publish", "simulate", *simulation):
                time.sleep(WARM_SECONDS)
                for connections in arguments.connections:
                    rows = _measure(database.url, connections, arguments.seconds)
                    report[f"{connections} connections"] = rows
                    _print(f"{connections} connections, {arguments.rate} trades/s", rows)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))
    print(f"written to {REPORT}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=600, help="trades per second of all symbols")
    parser.add_argument("--symbols", type=int, default=6)
    parser.add_argument("--seconds", type=int, default=62, help="per number of connections")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--days", type=int, default=60, help="of history that have chunks")
    return parser.parse_args()


def _fill(environ: dict[str, str], live: list[str]) -> None:
    """Loads a day of minutes: of the live symbols up to now, of the dead one some weeks ago."""
    settings = LoaderSettings(bootstrap_servers=environ["KAFKA_BOOTSTRAP_SERVERS"])
    now = datetime.now(UTC)
    for symbols, until in ((["DEAD"], now - timedelta(days=DEAD_DAYS)), (live, now)):
        ticks = simulate.history(
            symbols, since=until - HISTORY, until=until, count=len(symbols) * 1440 * 6
        )
        producer.publish(settings, topics.LIVE, simulate.messages(ticks))
    subprocess.run(
        [sys.executable, "-m", "cli", "--quiet", "load", "--until-end"], env=environ, check=True
    )


def _add_days(url: str, days: int) -> None:
    """Adds days with chunks of their own, a trade an hour."""
    now = datetime.now(UTC)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(sql.load("bench", "add_symbols"), {"symbols": 1})
        for day in range(days, 1, -1):
            conn.execute(
                sql.load("bench", "fill_day"),
                {"since": now - timedelta(days=day), "until": now, "trades": 24, "symbols": 1},
            )
    subprocess.run(
        [sys.executable, "-m", "cli", "--quiet", "refresh"],
        env={"STOCKPULSE_DATABASE_URL": url},
        check=True,
    )


def _measure(url: str, connections: int, seconds: int) -> dict[str, dict[str, float]]:
    """Asks each question about the dead and the live symbol in turn, on every connection."""
    with ThreadPoolExecutor(connections) as pool:
        taken = list(pool.map(lambda _: _ask_all(url, seconds), range(connections)))
    rows: dict[str, dict[str, float]] = {}
    for question in taken[0]:
        dead = [ms for one in taken for ms in one[question][0]]
        live = [ms for one in taken for ms in one[question][1]]
        rows[question] = {
            "dead_median": statistics.median(dead),
            "live_median": statistics.median(live),
            "live_p95": statistics.quantiles(live, n=20)[-1],
            "ratio": statistics.median(live) / statistics.median(dead),
            "reads": len(live),
        }
    return rows


def _ask_all(url: str, seconds: int) -> dict[str, tuple[list[float], list[float]]]:
    taken: dict[str, tuple[list[float], list[float]]] = {}
    with psycopg.connect(url, autocommit=True) as conn, httpx.Client() as client:
        conn.execute("set role stockpulse_reader")
        questions = [(name, *_questions(conn, client)[name]) for name in _questions(conn, client)]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for name, dead, live in questions:
                both = taken.setdefault(name, ([], []))
                for ask, times in ((dead, both[0]), (live, both[1])):
                    started = time.perf_counter()
                    ask()
                    times.append((time.perf_counter() - started) * 1000)
    return taken


def _questions(conn: psycopg.Connection[Any], client: httpx.Client) -> dict[str, tuple[Ask, Ask]]:
    """Returns each question about the dead and about the live symbol."""
    asks: dict[str, Callable[[str, datetime], None]] = {
        "view, 500 bars": lambda symbol, end: _select(
            conn,
            "select * from market.candles_1m where symbol = %s and source = 'sim'"
            " and bucket >= %s and bucket < %s order by bucket desc limit 500",
            symbol, end - timedelta(hours=12), end,
        ),
        "view, latest": lambda symbol, end: _select(
            conn,
            "select * from market.candles_1m where symbol = %s and source = 'sim'"
            " and bucket >= %s and bucket < %s order by bucket desc limit 1",
            symbol, end - timedelta(hours=1), end,
        ),
        "page, 500 bars": lambda symbol, _: _select(
            conn,
            "select * from market.bar_page(array[%s], '1m', max_bars => 500, newest_first => true)",
            symbol,
        ),
        "page, latest": lambda symbol, _: _select(
            conn,
            "select * from market.bar_page(array[%s], '1m', max_bars => 1, newest_first => true)",
            symbol,
        ),
        "candles, 12 h": lambda symbol, end: _select(
            conn,
            "select * from market.candles(%s, '1m', %s, %s)",
            symbol, end - timedelta(hours=12), end,
        ),
        "page, latest day": lambda symbol, _: _select(
            conn,
            "select * from market.bar_page(array[%s], '1d', max_bars => 1, newest_first => true)",
            symbol,
        ),
        "REST, 500 bars": lambda symbol, _: _get(
            client, "/v1/bars", symbols=symbol, timeframe="1m", limit=500, sort="desc"
        ),
        "REST, latest": lambda symbol, _: _get(client, "/v1/bars/latest", symbols=symbol),
    }  # fmt: skip
    return {
        name: (lambda ask=ask: ask("DEAD", _end(DEAD_DAYS)), lambda ask=ask: ask("LIVE0", _end(0)))
        for name, ask in asks.items()
    }


def _end(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days) + timedelta(minutes=1)


def _select(conn: psycopg.Connection[Any], query: str, *values: Any) -> None:
    if not conn.execute(query, values).fetchall():  # type: ignore[arg-type]
        raise RuntimeError(f"no rows for {query} {values}")


def _get(client: httpx.Client, path: str, **given: Any) -> None:
    answer = client.get(f"http://127.0.0.1:{PORT}{path}", params=given)
    answer.raise_for_status()
    if len(answer.content) < 100:
        raise RuntimeError(f"no bars in {answer.text}")


def _print(title: str, rows: dict[str, dict[str, float]]) -> None:
    print(title)
    for question, row in rows.items():
        print(
            f"{question:20} dead {row['dead_median']:7.1f} ms  live {row['live_median']:7.1f}"
            f"  p95 {row['live_p95']:7.1f}  ratio {row['ratio']:5.2f}  ({row['reads']} reads)"
        )


if __name__ == "__main__":
    main()
