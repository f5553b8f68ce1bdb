"""Readings for clients that catch up, two at a time."""

import asyncio
from collections.abc import Callable, Iterator, Sequence

from api.pool import Reader
from api.stream import bar_reads
from api.stream.bar_reads import Changed, Request
from api.stream.bar_series import Reading, Series
from db.connect import DatabaseAway
from db.tables.display import Display

AT_ONCE = 2  # by all clients
MOST_REQUESTS = 200  # in a reading
IS_BEHIND = "the server has not yet what another one had"


class Turns:
    """Readings over the connections of the pool."""

    def __init__(self, reader: Reader, displays: Callable[[], Sequence[Display]]) -> None:
        self._reader = reader
        self._displays = displays
        self._turn = asyncio.Semaphore(AT_ONCE)

    @property
    def displays(self) -> tuple[Display, ...]:
        """The displays of the bars that are read next."""
        return tuple(self._displays())

    async def touched(self, series: Sequence[Series], after: int) -> Changed:
        """Returns what the next changes touched of the series; raises DatabaseAway if none is."""
        async with self._turn, self._reader.checked_connection() as conn:
            changed = await bar_reads.changed(
                conn,
                after,
                {one.key.symbol for one in series},
                {one.key.symbol for one in series if one.price != "trade"},
                {one.key.timeframe for one in series},
            )
        if changed.reached <= after:
            raise DatabaseAway(IS_BEHIND)
        return changed

    async def read(
        self, requests: Sequence[Request], displays: Sequence[Display], number: int
    ) -> list[Reading | None]:
        """Returns readings with all changes up to `number`; raises DatabaseAway without them."""
        readings: list[Reading | None] = []
        for part in _parts(requests):
            async with self._turn, self._reader.checked_connection() as conn:
                if (await bar_reads.changed(conn, None, (), (), ())).newest < number:
                    raise DatabaseAway(IS_BEHIND)
                readings += await bar_reads.read(conn, part, displays)
        return readings


def _parts(requests: Sequence[Request]) -> Iterator[Sequence[Request]]:
    for first in range(0, len(requests), MOST_REQUESTS):
        yield requests[first : first + MOST_REQUESTS]
