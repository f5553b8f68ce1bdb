"""A token bucket: so many at once, and as many again over its period."""

import math


class TokenBucket:
    """Holds `capacity` tokens and fills at `per_second`; times are of the monotonic clock."""

    def __init__(self, capacity: int, per_second: float, now: float) -> None:
        self.capacity = capacity
        self._per_second = per_second
        self._tokens = float(capacity)
        self._at = now

    def take(self, now: float) -> bool:
        """Takes a token; returns False if there is none."""
        self._fill(now)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    @property
    def left(self) -> int:
        """Whole tokens after the last take."""
        return int(self._tokens)

    @property
    def seconds_to_next(self) -> int:
        """Whole seconds, at least one, after which a token can be taken."""
        return max(1, math.ceil((1 - self._tokens) / self._per_second))

    @property
    def seconds_to_full(self) -> int:
        """Whole seconds after which all tokens are there again."""
        return math.ceil((self.capacity - self._tokens) / self._per_second)

    def _fill(self, now: float) -> None:
        self._tokens = min(self.capacity, self._tokens + (now - self._at) * self._per_second)
        self._at = now
