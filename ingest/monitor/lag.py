"""The lag of topics: how many messages are not stored, and since when the oldest of them waits."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ingest.batch.messages import Partition
from ingest.kafka import topics as known_topics
from ingest.kafka.ends import Ends, Position, position
from ingest.kafka.peek import Found
from ingest.monitor.arrivals import Arrivals, came_at
from ingest.monitor.gauges import Reading, Samples

# A record's time that is older than its topic keeps records is none; some are kept for longer.
KEPT_TIMES = 4
DAY_SECONDS = 86_400.0
KEPT_SECONDS = 7 * DAY_SECONDS  # of topics of other names


class Stored(NamedTuple):
    """The next offset to store, and when the last batch was, in Unix seconds."""

    next_offset: int
    stored_at: float | None


class Lag:
    """State of each partition from reading to reading; times are Unix seconds."""

    def __init__(self) -> None:
        self._partitions: dict[Partition, _Partition] = {}

    def note(
        self, ends: Mapping[Partition, Ends], stored: Mapping[Partition, Stored], now: float
    ) -> dict[Partition, int]:
        """Takes a reading; returns the offsets of which it is to be seen what is behind them."""
        self._partitions = {
            partition: self._partitions.get(partition) or _Partition(_most_age(partition[0]))
            for partition in ends
        }
        return {
            partition: one.next_offset
            for partition, one in self._partitions.items()
            if one.note(ends[partition], stored.get(partition), now)
        }

    def learn(self, found: Mapping[Partition, Found]) -> None:
        """Takes what was found behind offsets."""
        for partition, one in found.items():
            self._partitions[partition].found = one

    def reading(self, topics: Iterable[str], now: float) -> Reading:
        """Returns the gauges of topics."""
        gauges: dict[str, list[tuple[tuple[str, ...], float]]] = {}
        for topic in topics:
            ours = [one for (name, _), one in self._partitions.items() if name == topic]
            waiting = [one.waited(now) for one in ours]
            for name, value in (
                ("lag_messages", sum(one.behind for one in ours)),
                ("lag_seconds", max(waiting, default=0.0)),
                ("held_messages", sum(one.held for one in ours)),
                ("lost_messages", sum(one.lost for one in ours)),
            ):
                samples = gauges.setdefault(f"stockpulse_loader_{name}", [])
                samples.append(((topic,), float(value)))
        result: dict[str, Samples] = {**gauges}
        return result


def _most_age(topic: str) -> float:
    kept = known_topics.RETENTION_MS.get(topic, KEPT_SECONDS * 1000) / 1000
    return KEPT_TIMES * kept


class _Partition:
    """The last readings of one partition."""

    def __init__(self, most_age: float) -> None:
        self.found: Found | None = None  # behind the next offset, once that was asked for
        self._ends = Ends(0, 0, 0)
        self._position = Position(0, 0, 0, 0, 0)
        self._stored_at: float | None = None
        self._arrivals = Arrivals()
        self._most_age = most_age

    def note(self, ends: Ends, stored: Stored | None, now: float) -> bool:
        """Takes a reading; returns whether it is to be seen what is behind the next offset.

        That is so if the message came before the first reading, so that only its record tells when;
        and if the offset stays where it is: there may be none.
        """
        before, self._position = (
            self._position,
            position(ends, stored.next_offset if stored else None),
        )
        next_offset = self._position.next_offset
        stays = next_offset == before.next_offset
        if not stays or (self.found and not self.found.is_message and ends != self._ends):
            self.found = None
        self._ends = ends
        self._stored_at = stored.stored_at if stored else None
        self._arrivals.note(now, ends.end, next_offset)
        return (
            self._position.ready > 0
            and self.found is None
            and (stays or self._arrivals.came_before(next_offset))
        )

    @property
    def next_offset(self) -> int:
        """The next offset to read."""
        return self._position.next_offset

    @property
    def lost(self) -> int:
        """Messages that the broker dropped before they were stored."""
        return self._position.lost

    @property
    def held(self) -> int:
        """Messages that wait for the end of a transaction."""
        return self._position.held

    @property
    def behind(self) -> int:
        """Messages that are not stored; marks of transactions at the end are none."""
        nothing_ready = self.found is not None and not self.found.is_message
        return self.held if nothing_ready else self._position.behind

    def waited(self, now: float) -> float:
        """Returns for how many seconds the oldest of them has waited, 0 if there is none."""
        if not self.behind:
            return 0.0
        record_time = self.found.timestamp if self.found else None
        at = came_at(self._arrivals, self.next_offset, record_time, self._stored_at, self._most_age)
        return 0.0 if at is None else max(0.0, now - at)
