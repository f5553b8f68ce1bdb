"""Gauges that a thread sets and scrapes read: a scrape waits for nobody, and gets nothing old."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

Samples = Sequence[tuple[tuple[str, ...], float]]  # values of labels, and the value
Reading = Mapping[str, Samples]  # by the name of the gauge
Clock = Callable[[], float]


class Gauge(NamedTuple):
    """Name, help and labels of a gauge."""

    name: str
    text: str
    labels: tuple[str, ...] = ()


class Readings(Collector):
    """The last reading of each part of something; a part that is not read again in time goes.

    One thread puts and drops, others collect.
    """

    def __init__(self, gauges: Sequence[Gauge], clock: Clock = time.monotonic) -> None:
        self._gauges = gauges
        self._clock = clock
        self._lock = threading.Lock()
        self._parts: dict[str, tuple[float, Reading]] = {}  # when it ends to be true, and itself

    def put(self, part: str, reading: Reading, seconds: float) -> None:
        """Replaces a part by a reading that may be shown for so many seconds."""
        with self._lock:
            self._parts[part] = (self._clock() + seconds, reading)

    def drop(self, part: str) -> None:
        """Forgets a part."""
        with self._lock:
            self._parts.pop(part, None)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yields every gauge, those without a value too: their names are known from the start."""
        now = self._clock()
        with self._lock:
            readings = [reading for until, reading in self._parts.values() if now < until]
        for gauge in self._gauges:
            family = GaugeMetricFamily(gauge.name, gauge.text, labels=gauge.labels)
            for reading in readings:
                for labels, value in reading.get(gauge.name, ()):
                    family.add_metric(labels, value)
            yield family
