"""The feeds' metrics for Prometheus, on a port of their own."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from db.errors import UsageError
from ingest.feed.health import Health
from ingest.monitor import server

PREFIX = "stockpulse_feed"
PATIENCE_SECONDS = 30.0  # with a broker that acknowledges nothing
LOST_SECONDS = 120.0  # without any source; each tries again within a minute or so

Sent = Callable[[], tuple[int, int]]

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


class FeedState:
    """Whether feeds publish anything, for /health."""

    def __init__(
        self,
        healths: Sequence[Health],
        sent: Sent,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._healths = healths
        self._sent = sent
        self._clock = clock
        self._known = (sent()[0], clock())  # messages delivered, and when they were

    def fault(self) -> str | None:
        """Returns why nothing is published, in one line; None: all is well.

        A broker that acknowledges nothing is noticed at the second question.
        """
        delivered, pending = self._sent()
        if delivered != self._known[0] or not pending:
            self._known = (delivered, self._clock())
        seconds = self._clock() - self._known[1]
        if seconds > PATIENCE_SECONDS:
            return f"nothing is published: the broker has acknowledged nothing for {seconds:.0f} s"
        lost = [health for health in self._healths if health.connected_at is None]
        if lost and len(lost) == len(self._healths):
            health = max(lost, key=lambda one: one.lost_at)
            seconds = time.time() - health.lost_at
            if seconds > LOST_SECONDS:
                return (
                    f"no source has been connected for {seconds:.0f} s: {health.source} is "
                    f"{health.state}{f': {health.detail}' if health.detail else ''}"
                )
        return None


@contextmanager
def served(
    healths: Sequence[Health], host: str, port: int, sent: Sent = lambda: (0, 0)
) -> Iterator[None]:
    """Serves /metrics and /health while the context is open, nothing if `port` is 0.

    `sent` returns how many messages the broker has acknowledged, and how many not yet. Raises
    UsageError if the port is taken.
    """
    if port == 0:
        yield
        return
    registry = CollectorRegistry()
    registry.register(FeedMetrics(healths))
    with ExitStack() as stack:
        try:
            stack.enter_context(server.served(host, port, registry, FeedState(healths, sent).fault))
        except OSError as error:
            raise UsageError(
                f"metrics cannot be served on {host}:{port}: {error.strerror}; "
                "choose another with --metrics-port"
            ) from error
        yield
