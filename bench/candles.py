"""Measures how fast candles are built and read, on the edition that the stack finds.

Prints tables and writes build/bench-candles.json.
"""

import argparse
import json
import math
import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from cli.progress import show_progress
from db import migrate, sql
from db.candles import refresh, slices
from stack import database as databases

REPORT = Path("build/bench-candles.json")
DAY = timedelta(days=1)
QUERIES = ("year_of_hours", "last_minutes", "latest", "movers")
REPEATS = {"candles": 20, "trades": 5}
LATE_TRADES = 20
# No checkpoint falls into a run, and WAL files are recycled, as on a server that has run for long.
SETTINGS = {"shared_buffers": "2GB", "max_wal_size": "16GB", "min_wal_size": "12GB"}

Report = dict[str, Any]


def main() -> None:
    arguments = _arguments()
    REPORT.parent.mkdir(exist_ok=True)
    report: Report = {}
    with databases.start(settings=SETTINGS, report=print) as database:
        report["database"] = database.description
        if "refresh" in arguments.parts:
            with fresh(database.url, "bench_refresh") as url:
                if database.edition == "community":
                    report["refresh"] = _history(url, arguments.trades, 90, 50)
                else:
                    report["refresh"] = _changes(url, arguments.fresh_trades)
        if "reads" in arguments.parts:
            with fresh(database.url, "bench_reads") as url:
                fill(url, arguments.read_trades, 365, 100)
                _refresh(url)
                report["reads"] = _reads(url)
    REPORT.write_text(json.dumps(report, indent=2))
    print(f"written to {REPORT}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=20_000_000, help="of 90 days to refresh")
    parser.add_argument("--fresh-trades", type=int, default=3_000_000, help="of 2 h, on Apache-2")
    parser.add_argument("--read-trades", type=int, default=25_000_000, help="of a year to read")
    parser.add_argument("--parts", nargs="+", default=["refresh", "reads"])
    return parser.parse_args()


@contextmanager
def fresh(url: str, name: str) -> Iterator[str]:
    """Gives the URL of a migrated database whose jobs are unscheduled."""
    own = url.rsplit("/", 1)[0] + "/" + name
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"drop database if exists {name} with (force)")
        conn.execute(f"create database {name} template template0")
    migrate.upgrade(own)
    with psycopg.connect(own, autocommit=True) as conn:
        if is_community(conn):
            conn.execute("select alter_job(job_id, scheduled => false)"
                         " from timescaledb_information.jobs")  # fmt: skip
    yield own
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"drop database {name} with (force)")


def is_community(conn: psycopg.Connection[Any]) -> bool:
    return conn.execute("show timescaledb.license").fetchone() == ("timescale",)


def fill(url: str, trades: int, days: int, symbols: int) -> None:
    """Stores trades up to now, the oldest first, and analyzes them."""
    now = datetime.now(UTC)
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) - DAY * (days - 1)
    with (
        psycopg.connect(url, autocommit=True) as conn,
        show_progress("filling", days, "days") as advance,
    ):
        conn.execute("set synchronous_commit = off")
        conn.execute(sql.load("bench", "add_symbols"), {"symbols": symbols})
        for number in range(days):
            since = first + number * DAY
            values = {"since": since, "until": now, "trades": trades // days, "symbols": symbols}
            conn.execute(sql.load("bench", "fill_day"), values)
            if not is_community(conn):
                conn.execute(
                    sql.load("bench", "add_change"),
                    {"symbol": None, "since": since, "until": min(since + DAY, now)},
                )
            advance(1)
        conn.execute("analyze market.trades")
        conn.execute("checkpoint")


def _refresh(url: str) -> dict[str, float]:
    return refresh.refresh(url, show_progress, jobs=os.cpu_count() or 1).seconds


def _history(url: str, trades: int, days: int, symbols: int) -> Report:
    """Builds all levels of a history that was loaded and never refreshed.

    For comparison, builds the same minutes by INSERT ... SELECT ... GROUP BY into a plain table
    with the indexes of candles, as many days at a time.
    """
    fill(url, trades, days, symbols)
    plain = _plain(url, days)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("checkpoint")
    seconds = _refresh(url)
    minute = seconds["candles_1m"]
    others = sum(seconds.values()) - minute
    with psycopg.connect(url) as conn:
        row = conn.execute("select count(*) from market.candles_1m").fetchone()
    assert row is not None
    print(f"\n{trades:,} trades of {symbols} symbols over {days} days, {row[0]:,} minutes")
    for relation, taken in seconds.items():
        print(f"  {relation:<17} {taken:8.1f} s")
    print(
        f"  1m: {trades / minute:,.0f} trades/s; the others take {others / minute:.2f} of its time"
    )
    print(f"  1m by INSERT ... SELECT: {trades / plain:,.0f} trades/s, ratio {plain / minute:.2f}")
    return {
        "trades": trades,
        "minutes": row[0],
        "seconds": seconds,
        "trades_per_second": trades / minute,
        "others_to_1m": others / minute,
        "plain_trades_per_second": trades / plain,
        "ratio_to_plain": plain / minute,
    }


def _plain(url: str, days: int) -> float:
    """Returns the seconds that plain SQL takes for all minutes."""
    jobs = os.cpu_count() or 1
    tomorrow = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + DAY

    def make(numbers: range) -> None:
        with psycopg.connect(url, autocommit=True) as conn:
            for setting in (*refresh.SESSION[1:], f"set {slices.CHUNKWISE} = off"):
                conn.execute(setting)
            for number in numbers:
                until = tomorrow - number * DAY
                values = {"since": until - DAY, "until": until}
                conn.execute(sql.load("bench", "plain_candles"), values)

    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(sql.load("bench", "add_plain_candles"))
        conn.execute("checkpoint")
        with ThreadPoolExecutor(jobs) as pool:
            seconds = timed(
                lambda: list(pool.map(make, [range(n, days, jobs) for n in range(jobs)]))
            )
        conn.execute("drop table market.plain_candles")
    return seconds


def _changes(url: str, trades: int) -> Report:
    """Builds candles of two hours of new trades, then of one late trade, then of none."""
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    since = end - timedelta(hours=2)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(sql.load("bench", "add_symbols"), {"symbols": 500})
        values = {"since": since, "until": end, "trades": trades * 12, "symbols": 500}
        conn.execute(sql.load("bench", "fill_day"), values)
        conn.execute("analyze market.trades")
        change = {"symbol": None, "since": since, "until": end}
        conn.execute(sql.load("bench", "add_change"), change)
        call = "call market.refresh_candles(ops.refresh_lag())"
        fresh = timed(lambda: conn.execute(call))
        conn.execute("analyze")
        late = [timed(lambda n=n: _late(conn, call, since, n)) for n in range(LATE_TRADES)]
        idle = [timed(lambda: conn.execute(call)) for _ in range(LATE_TRADES)]
    print(f"\n{trades:,} fresh trades of 500 symbols over 2 h: {fresh:.2f} s")
    print(f"one late trade {_milliseconds(late)}, idle pass {_milliseconds(idle)}")
    return {
        "trades": trades,
        "seconds": fresh,
        "late_trade_seconds": statistics.median(late),
        "idle_seconds": statistics.median(idle),
    }


def _late(conn: psycopg.Connection[Any], call: str, since: datetime, number: int) -> None:
    ts = since + timedelta(minutes=number)
    with conn.transaction():
        conn.execute(sql.load("bench", "late_trade"), {"ts": ts, "number": number})
        change = {"symbol": "SYM007", "since": ts, "until": ts + timedelta(minutes=1)}
        conn.execute(sql.load("bench", "add_change"), change)
    conn.execute(call)


def timed(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started


def _milliseconds(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.1f} ms (p95 {_p95(seconds) * 1000:.1f})"


def _p95(values: list[float]) -> float:
    return sorted(values)[math.ceil(len(values) * 0.95) - 1]


def _reads(url: str) -> Report:
    """Runs each query on candles and on trades, timed by the database."""
    report: Report = {}
    with psycopg.connect(url, autocommit=True) as conn:
        print("\nreads, in the database:   median      p95  planning  plan")
        for name in QUERIES:
            for relation, repeats in REPEATS.items():
                query = sql.load("bench", f"{name}.{relation}")
                plans = [_explain(conn, query) for _ in range(repeats)]
                times = [plan["Execution Time"] + plan["Planning Time"] for plan in plans]
                found: Report = {
                    "median_ms": statistics.median(times),
                    "p95_ms": _p95(times),
                    "planning_ms": statistics.median(plan["Planning Time"] for plan in plans),
                    "rows": plans[0]["Plan"]["Actual Rows"],
                    "plan": _summary(plans[-1]["Plan"]),
                }
                report.setdefault(name, {})[relation] = found
                print(
                    f"  {name:14} {relation:7} {found['median_ms']:9.1f} {found['p95_ms']:8.1f}"
                    f" {found['planning_ms']:9.1f}  {found['plan']}"
                )
    return report


def _explain(conn: psycopg.Connection[Any], query: str) -> Report:
    row = conn.execute(f"explain (analyze, timing off, format json) {query}").fetchone()  # type: ignore[call-overload]
    assert row is not None
    plan: Report = row[0][0]
    return plan


def _summary(plan: Report) -> str:
    """Returns the kinds of scans in a plan and how often each occurs."""
    kinds: dict[str, int] = {}
    todo = [plan]
    while todo:
        node = todo.pop()
        todo += node.get("Plans", [])
        if "Relation Name" in node and node["Actual Loops"]:
            name = node.get("Custom Plan Provider", node["Node Type"])
            kinds[name] = kinds.get(name, 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))


if __name__ == "__main__":
    main()
