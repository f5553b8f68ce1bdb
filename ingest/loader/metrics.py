"""The loader's metrics for Prometheus, on a port of its own."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple, get_args

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

from db.errors import UsageError
from ingest.formats.events import Kind
from ingest.loader.health import Health, State
from ingest.loader.progress import Progress
from ingest.loader.run import Observe
from ingest.loader.settings import LoaderSettings
from ingest.monitor import server
from ingest.monitor.broker import BrokerWatch
from ingest.monitor.database import DatabaseWatch
from ingest.store.transaction import Stored


class Served(NamedTuple):
    """The function that counts a batch, and what the loader is to keep up to date."""

    observe: Observe
    progress: Progress


class Metrics:
    """Counters and histograms of the batches that the loader stores."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"stockpulse_loader_{name}", text, labels, registry=registry)

        self._rows = counter("rows", "Trades, quotes and bars of vendors stored.", "kind")
        self._batches = counter("batches", "Batches stored.")
        self._duplicates = counter("duplicates", "Messages whose events were all stored already.")
        self._amended = counter("amended", "Messages that correct, cancel or replace events.")
        self._ignored = counter("ignored", "Messages without events.", "reason")
        self._rejects = counter("rejects", "Messages that could not be stored.", "reason")
        self._late = counter("late", "Trades and quotes over an hour older than the newest.")
        for kind in (*get_args(Kind), "bar"):
            self._rows.labels(kind)  # shows 0 from the start
        self._seconds = Histogram(
            "stockpulse_loader_batch_seconds",
            "Seconds per batch: from its first message to its commit (all), and by stage.",
            ("stage",),
            registry=registry,
        )

    def observe(self, stored: Stored) -> None:
        """Counts a batch."""
        self._rows.labels("trade").inc(stored.trades)
        self._rows.labels("quote").inc(stored.quotes)
        self._rows.labels("bar").inc(stored.bars)
        self._batches.inc()
        self._duplicates.inc(stored.duplicates)
        self._amended.inc(stored.amended)
        for reason, messages in stored.ignored.items():
            self._ignored.labels(reason).inc(messages)
        self._late.inc(stored.late)
        for reason, messages in stored.rejects.items():
            self._rejects.labels(reason).inc(messages)
        self._seconds.labels("all").observe(stored.seconds)
        self._seconds.labels("copy").observe(stored.copy_seconds)
        self._seconds.labels("commit").observe(stored.commit_seconds)


class Monitor:
    """All that is served: what the loader counts, and what its watches read."""

    def __init__(self, settings: LoaderSettings) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry)
        self.progress = Progress()
        self.database = DatabaseWatch(
            settings.database_url, settings.disk_bytes, lambda: self.progress.refreshed_at
        )
        self.broker = BrokerWatch(settings, settings.database_url)
        self.health = Health(self.progress, self.database, self.broker)
        for collector in (
            State(self.health),
            *self.database.collectors,
            *self.broker.collectors,
        ):
            self.registry.register(collector)


@contextmanager
def served(settings: LoaderSettings) -> Iterator[Served]:
    """Serves /metrics and /health while the context is open.

    Serves nothing if `settings.metrics_port` is 0. Raises UsageError if the port is taken.
    """
    monitor = Monitor(settings)
    served = Served(monitor.metrics.observe, monitor.progress)
    host, port = settings.metrics_host, settings.metrics_port
    if port == 0:
        yield served
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(server.served(host, port, monitor.registry, monitor.health.fault))
        except OSError as error:
            raise UsageError(
                f"metrics cannot be served on {host}:{port}: {error.strerror}; "
                "set STOCKPULSE_METRICS_PORT"
            ) from error
        stack.enter_context(monitor.database)
        stack.enter_context(monitor.broker)
        yield served
