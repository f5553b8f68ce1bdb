"""Looks at the ticks as anybody could, and notes how long after their time they can be seen."""

import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

from db import sql


class Watch:
    """What was seen so far, and the latency of every tick in seconds."""

    def __init__(self, conn: psycopg.Connection[Any], symbols: Sequence[str]) -> None:
        self.latencies: list[float] = []
        self._conn = conn
        self._seen = dict.fromkeys(symbols, datetime(2000, 1, 1, tzinfo=UTC))

    def look(self) -> None:
        """Finds the ticks that came since the last look."""
        rows = self._conn.execute(
            sql.load("cli", "new_ticks"),
            {"symbols": list(self._seen), "since": list(self._seen.values())},
        ).fetchall()
        now = datetime.now(UTC)
        for symbol, ts in rows:
            self._seen[symbol] = ts
            self.latencies.append((now - ts).total_seconds())

    def percentiles(self) -> tuple[float, float]:
        """Returns the median and the 99th percentile in milliseconds."""
        cuts = statistics.quantiles(self.latencies, n=100)
        return cuts[49] * 1000, cuts[98] * 1000
