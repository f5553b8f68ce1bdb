"""The loader's metrics for Prometheus, on a port of its own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from db import connect, sql
from db.connect import DatabaseAway, DatabaseRefused
from db.errors import UsageError
from ingest.formats.events import Kind
from ingest.loader.run import Observe
from ingest.loader.settings import LoaderSettings
from ingest.store.transaction import Stored


class Metrics:
    """Counters, gauges and histograms of the batches that the loader stores."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"stockpulse_loader_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str) -> Gauge:
            return Gauge(f"stockpulse_loader_{name}", text, registry=registry)

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
        self._last_commit = gauge(
            "last_commit_timestamp_seconds", "Time of the last commit, in Unix seconds."
        )
        self._lag_messages = gauge(
            "lag_messages", "Messages in the loader's partitions that are not stored yet."
        )
        self._lag_seconds = gauge(
            "lag_seconds", "From Kafka's timestamp of the last message stored to its commit."
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
        self._last_commit.set(time.time())
        self._lag_messages.set(stored.lag_messages)
        self._lag_seconds.set(stored.lag_seconds)


class Verifications(Collector):
    """Results of `stockpulse verify` and its samples; absent while the database is away."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # else the registry calls collect(), which queries the database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        gauge = GaugeMetricFamily(
            "stockpulse_verify_mismatches",
            "Candles that did not match their events, in the last comparison of each kind.",
            labels=["kind"],
        )
        try:
            with (
                connect.connect(
                    self._url, application_name="stockpulse metrics", role="stockpulse_loader"
                ) as conn,
                connect.translated(),
            ):
                for kind, mismatches in conn.execute(
                    sql.load("ingest.loader", "last_verifications")
                ):
                    gauge.add_metric([kind], mismatches)
        except (DatabaseAway, DatabaseRefused):
            return
        yield gauge


@contextmanager
def served(settings: LoaderSettings) -> Iterator[Observe]:
    """Serves /metrics while the context is open; gives the function that counts a batch.

    Serves nothing if `settings.metrics_port` is 0. Raises UsageError if the port is taken.
    """
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    registry.register(Verifications(settings.database_url))
    if settings.metrics_port == 0:
        yield metrics.observe
        return
    try:
        server, thread = start_http_server(
            settings.metrics_port, settings.metrics_host, registry=registry
        )
    except OSError as error:
        raise UsageError(
            f"metrics cannot be served on {settings.metrics_host}:{settings.metrics_port}: "
            f"{error.strerror}; set STOCKPULSE_METRICS_PORT"
        ) from error
    try:
        yield metrics.observe
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
