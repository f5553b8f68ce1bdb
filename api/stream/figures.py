"""Figures of the streams for Prometheus."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.stream.streams import Streams


class Figures(Collector):
    """Counts of open streams, and of those that a fault has ended."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def collect(self) -> Iterator[Metric]:
        opened = GaugeMetricFamily(
            "stockpulse_api_streams", "Open streams by their wire.", labels=("wire",)
        )
        for wire, count in sorted(self._streams.by_wire.items()):
            opened.add_metric((wire,), count)
        yield opened
        ended = CounterMetricFamily(
            "stockpulse_api_streams_ended",
            "Streams that a fault ended, by its code; busy: refused at the beginning.",
            labels=("code",),
        )
        for code, count in sorted(self._streams.ended.items()):
            ended.add_metric((code,), count)
        yield ended
