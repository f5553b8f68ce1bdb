"""Measures how long it takes to verify the candles of all levels, compared with one GROUP BY.

Both run in turn over the same trades, of which half are in the columnstore on Community. Prints the
report and writes build/bench-verify.json.
"""

import argparse
import json
import os
import statistics
from pathlib import Path
from typing import Any

import psycopg

from bench.candles import SETTINGS, fill, fresh, is_community, timed
from cli.progress import show_progress
from db import sql
from db.candles import refresh, verify
from stack import database as databases

REPORT = Path("build/bench-verify.json")
SHAPES = {  # days and symbols: with 4,000,000 trades, 50 and 1.5 per candle of a minute
    "dense": (8, 7),
    "sparse": (20, 93),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=4_000_000)
    parser.add_argument("--pairs", type=int, default=3)
    given = parser.parse_args()
    report: dict[str, Any] = {}
    with databases.start(settings=SETTINGS, report=print) as database:
        report["database"] = database.description
        for name, (days, symbols) in SHAPES.items():
            with fresh(database.url, f"bench_verify_{name}") as url:
                _make(url, given.trades, days, symbols)
                report[name] = _compare(url, given.pairs)
            print(json.dumps({name: report[name]}))
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))


def _make(url: str, trades: int, days: int, symbols: int) -> None:
    """Stores trades and builds their candles."""
    fill(url, trades, days, symbols)
    refresh.refresh(url, show_progress, jobs=os.cpu_count() or 1)
    with psycopg.connect(url, autocommit=True) as conn:
        if is_community(conn):
            for (chunk,) in conn.execute(sql.load("bench", "row_chunks")).fetchall():
                conn.execute("call convert_to_columnstore(%s::regclass)", [chunk])
        conn.execute("vacuum analyze")
        conn.execute("checkpoint")


def _compare(url: str, pairs: int) -> dict[str, Any]:
    """Returns the medians of `pairs` runs of each, after one of each that is not counted."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("set work_mem = '64MB'")  # as in ops.compare_candles()
        row = conn.execute("select count(*) from market.trades").fetchone()
        assert row is not None
        plain, verified = [], []
        for _ in range(pairs + 1):
            plain.append(timed(lambda: conn.execute(sql.load("bench", "group_by"))))
            found: list[verify.Verified] = []
            verified.append(timed(lambda to=found: to.append(verify.verify(url, show_progress))))
            assert found[0].wrong == found[0].pending == 0, found
    candles = found[0].candles
    return {
        "trades": row[0],
        "trades_per_minute_candle": round(row[0] / candles["candles_1m"], 1),
        "candles": sum(candles.values()),
        "group_by_seconds": round(statistics.median(plain[1:]), 2),
        "verify_seconds": round(statistics.median(verified[1:]), 2),
        "ratio": round(
            statistics.median(b / a for a, b in zip(plain[1:], verified[1:], strict=True)), 2
        ),
    }


if __name__ == "__main__":
    main()
