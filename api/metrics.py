"""Metrics for Prometheus and an id for every request, in one middleware."""

import re
import secrets
from collections.abc import Iterator
from time import perf_counter
from typing import Any

from litestar import Response, get
from litestar.datastructures import MutableScopeHeaders, State
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from psycopg_pool import AsyncConnectionPool

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)  # of a client's own id


class Metrics(ASGIMiddleware):
    """Counts and times requests by route, not by path: clients can invent any number of paths."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "stockpulse_api_requests",
            "Requests answered.",
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
        self.registry.register(_PoolFigures(pool))

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Passes a request on and measures it."""
        began = perf_counter()
        request_id = _request_id(scope)
        scope["state"]["request_id"] = request_id

        async def send_measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableScopeHeaders.from_message(message)["X-Request-ID"] = request_id
                self._count(scope, message["status"], perf_counter() - began)
            await send(message)

        await next_app(scope, receive, send_measured)

    def _count(self, scope: Any, status: int, seconds: float) -> None:
        route = scope.get("path_template") or "unknown"
        self._requests.labels(scope["method"], route, status).inc()
        self._seconds.labels(scope["method"], route).observe(seconds)


class _PoolFigures(Collector):
    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool

    def collect(self) -> Iterator[GaugeMetricFamily]:
        stats = self._pool.get_stats()
        for name, key, text in (
            ("connections", "pool_size", "Connections to the database."),
            ("idle", "pool_available", "Idle connections."),
            ("waiting", "requests_waiting", "Requests that wait for a connection."),
        ):
            yield GaugeMetricFamily(f"stockpulse_api_pool_{name}", text, stats.get(key, 0))


@get("/metrics", include_in_schema=False)
async def metrics(state: State) -> Response[bytes]:
    """Returns the metrics in the text format of Prometheus."""
    return Response(generate_latest(state.metrics.registry), media_type=CONTENT_TYPE)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(given := value.decode("latin-1")):
            return given
    return secrets.token_hex(8)
