"""Follows the log of changes: reads what is new and gives it to the audience.

There is one reading at a time, however many commits came meanwhile.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

import psycopg

from api.errors import Unavailable
from api.stream.audience import Audience
from api.stream.coverage import coverage_events
from api.stream.events import AWAY, UNKNOWN_RESUME, Change, Fault, Position
from api.stream.listener import Listener
from api.stream.log import Unknown
from api.stream.source import Source
from api.stream.token import Cursor
from db.connect import DatabaseAway

logger = logging.getLogger(__name__)

REPLICA_SECONDS = 5.0  # that a place may be unknown: another replica may be behind
RETRY_SECONDS = 0.5  # between attempts at a database that is away

IS_AWAY = "The database cannot be reached; the stream goes on by itself once it is back."
IS_UNKNOWN = "The database does not know this place any more; begin again with since=."


class Follower:
    """The process's place in the log."""

    def __init__(
        self,
        source: Source,
        listener: Listener,
        audience: Audience,
        on_changes: Callable[[Sequence[Change], Position], None],
    ) -> None:
        self.lock = asyncio.Lock()  # held while the place moves
        self.cursor: Cursor | None = None  # None: nobody has followed lately
        self._source = source
        self._listener = listener
        self._audience = audience
        self._on_changes = on_changes
        self._task: asyncio.Task[None] | None = None
        self._is_away = False
        self._unknown_since: float | None = None

    def start(self) -> None:
        """Begins to follow, unless it does."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())
            self._listener.start()

    async def stop(self) -> None:
        """Ends what start() began."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._listener.stop()
        await self._source.close()

    async def now(self) -> Cursor:
        """Returns the place, the newest if nobody has followed lately; raises Unavailable.

        The caller has the lock.
        """
        if self._is_away:
            raise Unavailable(IS_AWAY)
        if self.cursor is None:
            try:
                self.cursor = Cursor(await self._source.newest())
            except (DatabaseAway, psycopg.OperationalError, psycopg.InterfaceError) as error:
                raise Unavailable(IS_AWAY) from error
        return self.cursor

    async def _run(self) -> None:
        while True:
            await self._listener.wait()
            try:
                await self._catch_up()
                continue
            except Unknown:
                self._miss()
            except (DatabaseAway, psycopg.Error) as error:
                self._lose(str(error))
            except Exception:
                logger.exception("the stream has failed")
                self._lose("a fault of the service")
            await asyncio.sleep(RETRY_SECONDS)

    async def _catch_up(self) -> None:
        """Reads and gives until nothing newer is seen."""
        is_last = False
        while not is_last:
            async with self.lock:  # between two readings somebody may join
                if not self._audience:
                    self.cursor, self._is_away = None, False
                    return
                if self.cursor is None:
                    return
                is_last = await self._advance(self.cursor)
            self._unknown_since = None
            if self._is_away:
                self._is_away = False
                logger.info("stream goes on")
                self._audience.go_live()

    async def _advance(self, cursor: Cursor) -> bool:
        """Reads and gives what comes next, commits as a whole; returns whether it was the last."""
        while True:
            reading = await self._source.read(cursor, self._audience.asked())
            before, after = cursor.position, reading.cursor.position
            changes: list[Change] = []
            if before != after and self._audience.asks_for_ranges:
                changes = await self._source.ranges(before, after)
            self._listener.was_found(after.number)
            self.cursor = cursor = reading.cursor
            coverage = coverage_events(changes, self._audience.displays)
            self._audience.give([*reading.events, *coverage], cursor)
            if changes:
                self._on_changes(changes, after)
            if cursor.part is None:
                return reading.is_last
            await asyncio.sleep(0)  # others are to have their turn in a large commit

    def _lose(self, reason: str) -> None:
        if not self._is_away:
            self._is_away = True
            logger.warning("stream waits for the database", extra={"error": reason})
            self._audience.tell(Fault(AWAY, IS_AWAY))

    def _miss(self) -> None:
        """Ends all streams once their place has been unknown for too long."""
        now = time.monotonic()
        self._unknown_since = self._unknown_since or now
        if now - self._unknown_since >= REPLICA_SECONDS:
            logger.warning("the database has another history: streams begin again")
            self.cursor = self._unknown_since = None
            self._is_away = False
            self._audience.tell(Fault(UNKNOWN_RESUME, IS_UNKNOWN))
