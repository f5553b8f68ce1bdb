"""Measures how long after its time a tick becomes visible to a reader of the database."""

import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

from db import sql


class LatencyProbe:
    """Latencies, in seconds, of the ticks of some symbols that became visible so far."""

    def __init__(
        self,
        conn: psycopg.Connection[Any],
        symbols: Sequence[str],
        since: datetime = datetime(2000, 1, 1, tzinfo=UTC),
    ) -> None:
        self.latencies: list[float] = []
        self._conn = conn
        self._newest = dict.fromkeys(symbols, since)

    def poll(self) -> None:
        """Adds the ticks that became visible since the last call."""
        rows = self._conn.execute(
            sql.load("cli", "new_ticks"),
            {"symbols": list(self._newest), "since": list(self._newest.values())},
        ).fetchall()
        now = datetime.now(UTC)
        for symbol, ts in rows:
            self._newest[symbol] = ts
            self.latencies.append((now - ts).total_seconds())

    def percentiles(self) -> tuple[float, float]:
        """Returns the median and the 99th percentile in milliseconds; needs two latencies."""
        cuts = statistics.quantiles(self.latencies, n=100)
        return cuts[49] * 1000, cuts[98] * 1000
