"""Time that stored candles have been behind their events, from readings of what is pending."""

from collections.abc import Iterable
from typing import NamedTuple

from ingest.monitor.gauges import Reading, Samples


class Level(NamedTuple):
    """A level of candles: its pending ranges, the start of the oldest of them.

    All that was committed before `refreshed_at` is in the candles; None: that is not known. Times
    are Unix seconds.
    """

    relation: str
    kind: str
    level: str
    ranges: int
    since: float | None
    refreshed_at: float | None


class Staleness:
    """Remembers since when the oldest pending range of each level has been seen.

    One that is pending again at each reading, as late ticks keep coming, has waited no longer than
    since the last run of the refresher that went through all.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float, float]] = {}  # start of the oldest range, and when

    def reading(self, levels: Iterable[Level], now: float) -> Reading:
        """Returns the gauges of a reading at the time `now`."""
        staleness, ranges, oldest = [], [], []
        for level in levels:
            staleness.append(((level.kind, level.level), self._waited(level, now)))
            ranges.append(((level.relation,), float(level.ranges)))
            if level.since is not None:
                oldest.append(((level.relation,), level.since))
        gauges: dict[str, Samples] = {
            "stockpulse_candles_staleness_seconds": staleness,
            "stockpulse_candles_pending_ranges": ranges,
            "stockpulse_candles_oldest_pending_timestamp_seconds": oldest,
        }
        return gauges

    def _waited(self, level: Level, now: float) -> float:
        if level.since is None:
            self._seen.pop(level.relation, None)
            return 0.0
        start, seen_at = self._seen.get(level.relation, (level.since, now))
        if level.since > start:  # what was the oldest has been made
            seen_at = now
        self._seen[level.relation] = (level.since, seen_at)
        since = max(seen_at, level.refreshed_at or 0.0)
        return max(0.0, now - since)
