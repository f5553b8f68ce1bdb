"""The parts of a reading of the database: one query each, so that one that fails hides no other."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from ingest.monitor.gauges import Reading, Samples


class Part(NamedTuple):
    """A query, ingest/monitor/queries/NAME.sql, of rows (name of a gauge, its labels, its value).

    `seconds` is the shortest time between two readings. As a login it may see more than as
    stockpulse_loader.
    """

    name: str
    seconds: float = 10.0
    as_login: bool = False


SERVER = Part("server", as_login=True)
REPLICAS = Part("replicas", as_login=True)
WAL = Part("wal", as_login=True)
CANDLES = Part("candles")  # has rows of its own shape
PARTS = (
    SERVER,
    REPLICAS,
    WAL,
    CANDLES,
    Part("jobs"),
    Part("rejects"),
    Part("amendments"),
    Part("verifications"),
    Part("sources"),
    Part("gaps", 60.0),
    Part("sizes", 60.0),
    Part("growth", 60.0),
    Part("retention", 60.0),
    Part("archive", 60.0),
)


def reading_of(rows: Iterable[Any]) -> Reading:
    """Returns rows of (gauge, labels, value) by gauge."""
    reading: dict[str, list[tuple[tuple[str, ...], float]]] = {}
    for gauge, labels, value in rows:
        if value is not None:
            reading.setdefault(gauge, []).append((tuple(labels), float(value)))
    return reading


def total(reading: Reading, gauge: str) -> float | None:
    """Returns the sum of a gauge's samples, None if it has none."""
    samples: Samples = reading.get(gauge, ())
    return sum(value for _, value in samples) if samples else None
