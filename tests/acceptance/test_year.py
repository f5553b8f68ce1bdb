"""A year of history stays as it was loaded, until somebody says what is to go."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from ingest.formats.times import rfc3339
from stack.broker import Broker
from tests.acceptance import loaded
from tests.db.support import run_jobs
from tests.faults.conftest import MakeLoaders

YEAR = timedelta(days=365)
KEPT_DAYS = 90
FULL_STEP, SHORT_STEP = timedelta(minutes=1), timedelta(minutes=20)
SAID = re.compile(r"([\d,]+) rows of trades are dropped for good")

pytestmark = pytest.mark.kafka


def write_year(file: Path, step: timedelta) -> int:
    """Writes a trade per step, from a year ago to now; returns how many."""
    now = datetime.now(UTC)
    count = YEAR // step
    with file.open("wb") as out:
        for number in range(count):
            out.write(
                msgspec.json.encode({
                    "v": 1,
                    "kind": "trade",
                    "source": "sim",
                    "symbol": "YEAR",
                    "event_time": rfc3339(now - step * (count - number)),
                    "price": str(Decimal(100) + number % 97),
                    "size": "2",
                    "dedupe_id": str(number),
                })
                + b"\n"
            )  # fmt: skip
    return count


def rows(url: str) -> dict[str, int]:
    """Returns how many rows each relation has."""
    with psycopg.connect(url, autocommit=True) as conn:
        relations = conn.execute("select relation from ops.lifecycle").fetchall()
        return {relation: count(conn, relation) for (relation,) in relations}


def count(conn: psycopg.Connection[Any], relation: str) -> int:
    row = conn.execute(f"select count(*) from market.{relation}").fetchone()
    assert row is not None
    return int(row[0])


def run_every_job(url: str) -> None:
    """Runs every job of Community; the jobs of Apache-2 are run by a loader."""
    with psycopg.connect(url, autocommit=True) as conn:
        if conn.execute("show timescaledb.license").fetchone() != ("apache",):
            for procedure in ("refresh_candles", "policy_compression", "apply_retention"):
                run_jobs(conn, procedure)


def test_a_year_stays_until_it_is_set_otherwise(
    loaders_of: MakeLoaders,
    broker: Broker,
    topic: str,
    fresh_database: str,
    tmp_path: Path,
    full: bool,
) -> None:
    step = FULL_STEP if full else SHORT_STEP
    file = tmp_path / "year.ndjson"
    total = write_year(file, step)
    loaders = loaders_of(fresh_database, broker, topic)
    assert loaded.publish(loaders, topic, "ndjson", str(file)) == total
    loaders.load_rest()
    before = rows(fresh_database)
    assert before["trades"] == before["candles_1m"] == total
    assert before["candles_1d"] in (365, 366)
    for _ in range(2):
        run_every_job(fresh_database)
    loader = loaders.start()
    loader.wait_until_assigned()
    run_every_job(fresh_database)
    assert loader.terminate()[0] == 0
    loaders.load_rest()
    assert rows(fresh_database) == before

    setting = ("lifecycle", "set", "trades", "--keep", f"{KEPT_DAYS}d")
    refused = loaders.run(*setting)
    assert refused.wait() != 0  # it asks, and nobody answers
    assert rows(fresh_database) == before
    done = loaders.run(*setting, "--yes")
    assert done.wait() == 0, done.output
    said = SAID.search(done.output)
    assert said is not None, done.output
    after = rows(fresh_database)
    dropped = int(said[1].replace(",", ""))
    assert dropped > total // 2
    assert after["trades"] == total - dropped
    # seconds are computed from trades, all other candles stay
    assert {**after, "trades": total, "candles_1s": before["candles_1s"]} == before
    verified = loaders.run("verify")
    assert verified.wait(300) == 0
