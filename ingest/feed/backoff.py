"""Delays before the next connection: exponential, with full jitter.

https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

import random

BASE_SECONDS = 1.0
MOST_SECONDS = 60.0
STEADY_SECONDS = 60.0  # a connection that lived so long starts the series anew


class Backoff:
    """The delays of one source; a clean close counts as a failure, so that no venue is hammered."""

    def __init__(self, base: float = BASE_SECONDS, seed: int | None = None) -> None:
        self._base = base
        self._failures = 0
        self._random = random.Random(seed)  # noqa: S311 - not for secrets

    @property
    def limit(self) -> float:
        """The longest that the next delay can be, in seconds."""
        return min(MOST_SECONDS, self._base * 2.0 ** min(self._failures, 16))

    def after(self, lived: float) -> float:
        """Returns the delay after a connection that lived for `lived` seconds."""
        if lived >= STEADY_SECONDS:
            self._failures = 0
        delay = self._random.uniform(0, self.limit)
        self._failures += 1
        return delay
