"""Bars of vendors while loaders are killed: each is stored once, as its last message says."""

import random
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
from confluent_kafka import Producer

from ingest.formats import bar_message
from ingest.formats.bar_message import BarMessage
from stack.broker import Broker
from tests import support
from tests.faults.loaders import Loaders

NOON = datetime(2026, 2, 27, 12, tzinfo=UTC)
SYMBOLS = [f"S{n}" for n in range(5)]
MINUTES = 200
SMALL_BATCHES = {"STOCKPULSE_BATCH_ROWS": "40", "STOCKPULSE_BATCH_MS": "20"}
COUNTS = (
    "select coalesce(sum(messages), 0)::int, coalesce(sum(bars), 0)::int,"
    " coalesce(sum(stored), 0)::int, coalesce(sum(amended), 0)::int,"
    " coalesce(sum(duplicates), 0)::int, coalesce(sum(rejected), 0)::int from ops.load_batches"
)


def send(servers: str, topic: str) -> dict[tuple[str, datetime], Decimal]:
    """Sends every bar three times: growing, final, revised; returns the last closes."""
    producer = Producer({"bootstrap.servers": servers})
    last = {}
    for price, final in ((1, False), (2, True), (3, True)):
        for minute in range(MINUTES):
            for symbol in SYMBOLS:
                start = NOON + minute * timedelta(minutes=1)
                message = BarMessage(
                    source="yahoo", symbol=symbol, interval="1m", bar_start=start, open="1",
                    high="9", low="1", close=f"{price}.{minute:03}", final=final,
                )  # fmt: skip
                producer.produce(topic, bar_message.encode(message), symbol)
                last[symbol, start] = Decimal(f"{price}.{minute:03}")
    assert producer.flush(60) == 0
    return last


def counts(url: str) -> tuple[int, ...]:
    """Returns messages, bars, stored, amended, duplicates, rejected."""
    with psycopg.connect(url) as conn:
        row = conn.execute(COUNTS).fetchone()
    assert row is not None
    return tuple(row)


def test_bars_are_stored_once_and_as_they_were_sent_last_after_kills(
    broker: Broker, topic: str, loaders: Loaders, fresh_database: str
) -> None:
    seed = time.time_ns()
    print(f"seed {seed}")
    chance = random.Random(seed)
    loaders.environ |= SMALL_BATCHES
    last = send(broker.bootstrap_servers, topic)
    total = 3 * len(last)
    for _ in range(2):
        goal = counts(fresh_database)[0] + chance.randrange(1, total // 4)
        loader = loaders.start()
        support.wait_until(lambda goal=goal: counts(fresh_database)[0] >= goal, "more are stored")  # type: ignore[misc]
        loader.kill()
    loaders.load_rest()
    assert counts(fresh_database) == (total, len(last), len(last), total - len(last), 0, 0)
    with psycopg.connect(fresh_database) as conn:
        rows = conn.execute("select symbol, bucket, close from market.vendor_bars").fetchall()
    assert {(symbol, at): close for symbol, at, close in rows} == last
