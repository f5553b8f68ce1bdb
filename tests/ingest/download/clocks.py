"""A clock whose sleepers wake at once, at the time that they have asked for."""

import asyncio
from datetime import UTC, datetime, timedelta

from ingest.download.clock import Clock

START = datetime(2026, 11, 2, tzinfo=UTC)


class FakeTime:
    """The time of a test, and every sleep in it."""

    def __init__(self, start: datetime = START) -> None:
        self.start = start
        self.seconds = 0.0
        self.slept: list[float] = []
        self.clock = Clock(self.now, lambda: self.seconds, self._sleep, lambda _low, high: high)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds = max(self.seconds, self.seconds + seconds)
        await asyncio.sleep(0)
