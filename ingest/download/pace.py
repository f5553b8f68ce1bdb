"""Spaces the requests to one host, slows down when it refuses, and leaves it alone for a while.

Nothing of Dukascopy's limits is documented; these are what others got along with.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ingest.download.clock import Clock

logger = logging.getLogger(__name__)

IN_FLIGHT = 4
PER_SECOND = 5.0
PAUSE_EVERY, PAUSE_SECONDS = 10, 1.0  # requests
RECOVER_AFTER = 20  # answers in a row: then one more in flight
BREAK_AFTER = 10  # failures in a row
BREAK_SECONDS, LONGEST_BREAK_SECONDS = 300.0, 1800.0
MOST_BREAKS = 3  # without an answer in between


class Pace:
    """The state of one host, of one event loop."""

    def __init__(self, clock: Clock) -> None:
        self.given_up = False
        self._clock = clock
        self._limit = IN_FLIGHT
        self._active = 0
        self._free = asyncio.Condition()
        self._next = 0.0  # monotonic time of the next request
        self._started = 0
        self._successes = 0
        self._failures = 0
        self._breaks = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits until a request may start, and counts it as in flight inside the context."""
        async with self._free:
            await self._free.wait_for(lambda: self._active < self._limit)
            self._active += 1
        try:
            await self._wait_for_slot()
            yield
        finally:
            async with self._free:
                self._active -= 1
                self._free.notify_all()

    async def _wait_for_slot(self) -> None:
        while (wait := self._next - self._clock.monotonic()) > 0:
            await self._clock.sleep(wait)
        self._started += 1
        pause = PAUSE_SECONDS if self._started % PAUSE_EVERY == 0 else 0.0
        spacing = IN_FLIGHT / (PER_SECOND * self._limit)
        self._next = self._clock.monotonic() + spacing + pause

    def succeeded(self) -> None:
        """Notes an answer; after some the host is trusted with more requests again."""
        self._failures = self._breaks = 0
        self._successes += 1
        if self._successes % RECOVER_AFTER == 0:
            self._limit = min(self._limit + 1, IN_FLIGHT)

    def failed(self, *, refused: bool, retry_after: float | None) -> None:
        """Notes a failure; `refused` is whether the host said that it has too much to do."""
        self._successes = 0
        self._failures += 1
        if refused:
            self._limit = max(1, self._limit // 2)
        if retry_after is not None:
            self._block(retry_after)
        if self._failures >= BREAK_AFTER:
            self._break()

    def _break(self) -> None:
        self._failures = 0
        self._breaks += 1
        if self._breaks > MOST_BREAKS:
            self.given_up = True
            return
        seconds = min(BREAK_SECONDS * 2 ** (self._breaks - 1), LONGEST_BREAK_SECONDS)
        logger.warning("the venue refuses or is away, pausing", extra={"seconds": seconds})
        self._block(seconds)

    def _block(self, seconds: float) -> None:
        self._next = max(self._next, self._clock.monotonic() + seconds)
