"""Spark's candles equal the database's: a market with all that is hard, its driver killed once."""

import re
import time

import psycopg
import pytest

from cli.progress import no_progress
from scale import verify
from tests import support
from tests.scale import market
from tests.scale.conftest import Scene

pytestmark = pytest.mark.scale

DAYS = ("--since", str(market.FIRST), "--until", str(market.END))
CLUSTER = ("--master", "local-cluster[2,1,1024]")  # two workers, each a JVM of its own
RELATIONS = 16
KINDS = """
select
    count(*) filter (where conditions is not null),
    count(distinct source) filter (where moves & 15 <> 13),
    count(*) - count(distinct (symbol, source, ts)),
    (select count(*) from ops.amendments where new_tick_id <> applied_tick_id),
    (select count(*) from ops.amendments where action = 'cancel' and applied_at is not null),
    (select sum(duplicates) from ops.load_batches)
from market.trades
"""


def verified(output: str) -> dict[str, tuple[int, int]]:
    """Returns the candles compared and the wrong ones by relation, as `verify` printed them."""
    found = re.findall(r"^(\w*candles_\w+) +(\d+) candles, (\d+) wrong$", output, re.MULTILINE)
    return {relation: (int(candles), int(wrong)) for relation, candles, wrong in found}


def test_the_market_has_what_is_hard(loaded: Scene):
    with psycopg.connect(loaded.url) as conn:
        counts = conn.execute(KINDS).fetchone()
    assert counts is not None
    assert min(counts) > 0, counts
    assert counts[1] == 2


@pytest.fixture(scope="module")
def made(loaded: Scene) -> str:
    """Output of the run that made all candles, after the driver of the first was killed."""
    first = loaded.start("spark", "candles", *DAYS, *CLUSTER)
    tables = "select count(*) from iceberg.iceberg_tables where table_namespace = 'spark'"
    with psycopg.connect(loaded.url, autocommit=True) as conn:
        support.wait_until(
            lambda: conn.execute(tables).fetchone() >= (3,) or not first.running,
            "a table written",
            1200,
        )
    time.sleep(0.2)  # in the middle of writing the next
    assert first.running, first.output[-3000:]
    first.kill()
    first.wait()
    return loaded.run("spark", "candles", *DAYS, *CLUSTER).output


def test_candles_equal_those_of_the_database_after_the_driver_was_killed(loaded: Scene, made: str):
    assert len(re.findall(r"candles_\w+ +\d+ candles", made)) == RELATIONS
    for other in ("spark", "archive"):
        found = verified(loaded.run("verify", "--against", other).output)
        assert len(found) == RELATIONS
        assert {wrong for _, wrong in found.values()} == {0}
        assert min(candles for candles, _ in found.values()) > 0
        print(other, sum(candles for candles, _ in found.values()), "candles equal")


@pytest.mark.usefixtures("made")
def test_a_run_of_one_symbol_leaves_the_others(loaded: Scene):
    one = loaded.run("spark", "candles", *DAYS, "--symbol", "OIL")
    with psycopg.connect(loaded.url) as conn:
        row = conn.execute("select count(*) from market.candles_1m where symbol = 'OIL'").fetchone()
    assert re.search(rf"candles_1m +{row[0]} candles", one.output)
    found = verified(loaded.run("verify", "--against", "spark").output)
    assert {wrong for _, wrong in found.values()} == {0}


def test_days_that_are_not_archived_are_refused(loaded: Scene):
    line = loaded.refused("spark", "candles", "--since", "2026-03-04", "--until", "2027-03-09")
    assert re.fullmatch(
        r"stockpulse: not in the archive: \d+ days from .*; stockpulse archive writes it", line
    )


def test_trades_straight_from_kafka_make_the_same_candles(loaded: Scene):
    ends = loaded.offsets()
    zeros = ",".join(f"{partition}:0" for partition in ends)
    until = ",".join(f"{partition}:{offset}" for partition, offset in ends.items())
    read = loaded.run(
        "spark", "kafka", "--topic", loaded.plain,
        "--since-offsets", zeros, "--until-offsets", until,
    )  # fmt: skip
    with psycopg.connect(loaded.url) as conn:
        row = conn.execute(
            "select count(*), sum(seq) from market.trades where source in ('kraken', 'sim')"
        ).fetchone()
    assert f"{row[0]} trades, the sum of their sequences is {row[1]}\n" in read.output
    for source in ("kraken", "sim"):
        found = verify.verify(loaded.settings, no_progress, against="kafka", source=source)
        assert found.wrong == 0, found.first
        assert min(found.candles.values()) > 0
