"""When messages came, from readings of a partition's end: records' own times may be wrong."""

from collections import deque
from datetime import UTC, datetime

MOST_READINGS = 512
OLDEST = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
SKEW_SECONDS = 60.0  # by which the clock of a producer may be ahead


class Arrivals:
    """Ends of one partition, and when each was read first; all times are Unix seconds."""

    def __init__(self) -> None:
        self._ends: deque[tuple[float, int]] = deque()

    def note(self, now: float, end: int, next_offset: int) -> None:
        """Adds a reading, and forgets those before the next offset to store."""
        if self._ends and end < self._ends[-1][1]:
            self._ends.clear()  # another topic of the same name
        while len(self._ends) > 1 and self._ends[1][1] <= next_offset:
            self._ends.popleft()
        if not self._ends or end != self._ends[-1][1]:
            self._ends.append((now, end))
        if len(self._ends) > MOST_READINGS:  # the same span, at half the precision
            first, second, *others = self._ends
            self._ends = deque([first, second, *others[1::2]])

    def came_before(self, offset: int) -> bool:
        """Returns whether a message was there already at the first reading that is known."""
        return not self._ends or offset < self._ends[0][1]

    def seen_at(self, offset: int) -> float | None:
        """Returns when a message was there first, None if it has not been seen."""
        return next((at for at, end in self._ends if offset < end), None)


def came_at(
    arrivals: Arrivals, offset: int, record_time: float | None, stored_at: float | None, most: float
) -> float | None:
    """Returns when the message at an offset came, None if it has not been seen.

    Of one that was there before the first reading its record's time tells, if it can be true: no
    earlier than 2000 or `most` seconds ago, no later than it was seen. Else it counts from the time
    at which the partition was stored last, or from the first reading.
    """
    seen_at = arrivals.seen_at(offset)
    if seen_at is None or not arrivals.came_before(offset):
        return seen_at
    if record_time is not None:
        earliest = max(OLDEST, seen_at - most)
        if earliest <= record_time <= seen_at + SKEW_SECONDS:
            return min(record_time, seen_at)
    return min(seen_at, stored_at) if stored_at is not None else seen_at
