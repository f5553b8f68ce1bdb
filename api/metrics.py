"""Metrics for Prometheus: requests, the pool of connections, refusals."""

from collections.abc import Iterator
from typing import Any

from litestar import Response, get
from litestar.datastructures import State
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from psycopg_pool import AsyncConnectionPool

from api.load import Load

CONTENT_TYPE = "text/plain; version=0.0.4"  # Litestar adds the charset
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Counts and times requests by route, not by path: clients can invent any number of paths."""

    def __init__(self, pool: AsyncConnectionPool[Any], load: Load) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "stockpulse_api_requests",
            "Requests answered; status 499 are those whose client had gone,"
            " route unknown those refused before their route was looked up, and unknown paths.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "stockpulse_api_request_seconds",
            "Time to answer.",
            ("method", "route"),
            registry=self.registry,
            buckets=SECONDS,
        )
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self.registry.register(_Figures(pool, load))

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one request."""
        key = (method, route, status)
        if (found := self._known.get(key)) is None:
            found = (self._requests.labels(*key), self._seconds.labels(method, route))
            self._known[key] = found
        counter, histogram = found
        counter.inc()
        histogram.observe(seconds)


class _Figures(Collector):
    def __init__(self, pool: AsyncConnectionPool[Any], load: Load) -> None:
        self._pool = pool
        self._load = load

    def collect(self) -> Iterator[Metric]:
        stats = self._pool.get_stats()
        for name, key, text in (
            ("connections", "pool_size", "Connections to the database."),
            ("idle", "pool_available", "Idle connections."),
            ("waiting", "requests_waiting", "Requests that wait for a connection."),
        ):
            yield GaugeMetricFamily(f"stockpulse_api_pool_{name}", text, stats.get(key, 0))
        yield GaugeMetricFamily(
            "stockpulse_api_using_database",
            "Requests under way that use the database.",
            self._load.using_database,
        )
        yield CounterMetricFamily(
            "stockpulse_api_refused", "Requests refused as too many.", self._load.refused
        )


@get("/metrics", include_in_schema=False)
async def metrics(state: State) -> Response[bytes]:
    """Returns the metrics in the text format of Prometheus."""
    return Response(
        generate_latest(state.metrics.registry),
        media_type=CONTENT_TYPE,
        headers={"Cache-Control": "no-store"},
    )
