"""The streaming job: candles of a minute as they close, and the late trades that it loses."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from confluent_kafka import Producer

from tests.scale.conftest import Scene

pytestmark = pytest.mark.scale

START = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def scene(kafka, jars, tmp_path) -> Scene:
    return Scene("", kafka.bootstrap_servers, tmp_path, jars)


def send(servers: str, topic: str, trades: list[tuple[float, str]]) -> None:
    """Publishes trades of so many seconds behind START, and of these prices, one by one."""
    producer = Producer({"bootstrap.servers": servers})
    for seconds, price in trades:
        at = f"{START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
        trade = {
            "v": 1, "kind": "trade", "source": "sim", "symbol": "X", "event_time": at,
            "price": price, "size": "2", "dedupe_id": f"{seconds}-{price}",
        }  # fmt: skip
        producer.produce(topic, json.dumps(trade), partition=0)
    assert producer.flush(30) == 0


def test_candles_are_written_once_and_late_trades_are_lost(scene: Scene, topic: str):
    path = scene.home / "candles"
    words = ["spark", "stream", "--topic", topic, "--path", str(path), "--until-end"]
    words += ["--from-start", "--watermark", "1 minute"]
    send(scene.servers, topic, [(5, "10"), (50, "7.5"), (20, "12"), (70, "11"), (200, "13")])
    scene.run(*words)
    send(scene.servers, topic, [(30, "99"), (150, "14"), (400, "15")])
    scene.run(*words)
    rows = {row["bucket"]: row for row in pq.read_table(path).to_pylist()}
    minutes = {moment: (moment - START) // timedelta(minutes=1) for moment in rows}
    assert sorted(minutes.values()) == [0, 1, 2, 3]
    first = rows[START]
    assert [first[name] for name in ("open", "high", "low", "close")] == [
        10, 12, Decimal("7.5"), Decimal("7.5"),
    ]  # fmt: skip
    assert (first["volume"], first["tick_count"]) == (6, 3)  # without the 99 that came late
    assert rows[START + timedelta(minutes=2)]["close"] == 14  # in time
