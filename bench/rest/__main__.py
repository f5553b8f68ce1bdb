"""Compares the REST API with other ways to the same answers, each pair in one run.

    python -m bench.rest [pgbench questdb seed overload viewers] [--trades 25000000]

pgbench and psql are PostgreSQL's; QuestDB's jar is downloaded by mvn and runs on this machine's
Java; the seed service needs `pip install fastapi psycopg2-binary`. BENCH_DATABASE_URL names a
database that is filled already. Prints the figures and writes build/bench-rest.json.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from bench.rest import filled, overload, pgbench, questdb, seed, viewers

REPORT = Path("build/bench-rest.json")
COMPARISONS = {
    "pgbench": pgbench.compare,
    "questdb": questdb.compare,
    "seed": seed.compare,
    "overload": overload.compare,
    "viewers": viewers.compare,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares the REST API with other ways.")
    parser.add_argument("which", nargs="*", choices=[*COMPARISONS, []], default=[])
    parser.add_argument("--trades", type=int, default=25_000_000)
    arguments = parser.parse_args()
    report: dict[str, Any] = {}
    with filled.database(arguments.trades) as database:
        report["database"] = database.description
        report["trades"] = database.trades
        for name in arguments.which or COMPARISONS:
            report[name] = COMPARISONS[name](database)
            print(f"{name}: {json.dumps(report[name])}", flush=True)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))
    print(f"written to {REPORT}")


if __name__ == "__main__":
    main()
