"""The feeds' metrics for Prometheus, on a port of their own."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from db.errors import UsageError
from ingest.feed.health import Health

PREFIX = "stockpulse_feed"
# name, help, field of Health
COUNTERS = (
    ("frames", "Frames received.", "frames"),
    ("events", "Trades and quotes published.", "events"),
    ("bad_frames", "Frames sent to the dead letters.", "bad_frames"),
    ("reconnects", "Connections that ended.", "reconnects"),
    ("gaps", "Runs of events that the source knows it missed.", "gaps"),
)
GAUGES = (
    ("subscribed", "Subscriptions asked for.", "subscribed"),
    ("acknowledged", "Subscriptions that the venue serves.", "acknowledged"),
    ("refused", "Subscriptions that the venue refuses.", "refused"),
    ("lag_seconds", "From the venue's time of the newest event to its receipt.", "lag_seconds"),
)


class FeedMetrics(Collector):
    """Reads the health of each source when it is asked."""

    def __init__(self, healths: Sequence[Health]) -> None:
        self._healths = healths

    def collect(self) -> Iterator[Metric]:
        connected = GaugeMetricFamily(
            f"{PREFIX}_connected", "Whether the source is connected.", labels=["source"]
        )
        age = GaugeMetricFamily(
            f"{PREFIX}_connected_seconds", "Age of the connection.", labels=["source"]
        )
        for health in self._healths:
            connected.add_metric([health.source], health.connected_at is not None)
            if health.connected_at is not None:
                age.add_metric([health.source], time.time() - health.connected_at)
        yield connected
        yield age
        for family, metrics in ((CounterMetricFamily, COUNTERS), (GaugeMetricFamily, GAUGES)):
            for name, text, field in metrics:
                metric = family(f"{PREFIX}_{name}", text, labels=["source"])
                for health in self._healths:
                    metric.add_metric([health.source], getattr(health, field))
                yield metric


@contextmanager
def served(healths: Sequence[Health], host: str, port: int) -> Iterator[None]:
    """Serves /metrics while the context is open, nothing if `port` is 0.

    Raises UsageError if the port is taken.
    """
    if port == 0:
        yield
        return
    registry = CollectorRegistry()
    registry.register(FeedMetrics(healths))
    try:
        server, thread = start_http_server(port, host, registry=registry)
    except OSError as error:
        raise UsageError(
            f"metrics cannot be served on {host}:{port}: {error.strerror}; "
            "choose another with --metrics-port"
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
