"""Hears at once that something was committed, where the server and what lies before it allow it.

A standby does not notify, and a pooler of transactions does not pass notifications on: whoever
waits here looks after a while anyway, and sooner where nothing has been heard.
"""

import asyncio
import logging

import psycopg

from db.reading import Address, connect

logger = logging.getLogger(__name__)

LISTEN = "listen stockpulse_changes"
POLL_SECONDS = 0.1  # where nothing is heard
CHECK_SECONDS = 1.0  # where notifications come
RECONNECT_SECONDS = 1.0
MOST_DIGITS = 20  # of a number
UNHEARD_SECONDS = 10.0  # between attempts at a server that does not listen


class Unheard(Exception):
    """A connection on which notifications do not come, and must not be asked for."""


class Listener:
    """A connection of its own that listens, and again after it was lost."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.newest = 0  # number that was heard of; 0: none on this connection

    def start(self) -> None:
        """Begins to listen, unless it does."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Ends the connection."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def wait(self) -> None:
        """Returns once something was heard, or it is time to look."""
        seconds = CHECK_SECONDS if self.newest else POLL_SECONDS
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()

    def was_found(self, number: int) -> None:
        """Takes note of a commit that was found: one that was not heard of means polling."""
        if number > self.newest:
            self.newest = 0

    def wake(self) -> None:
        """Ends a wait."""
        self._news.set()

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (psycopg.errors.ReadOnlySqlTransaction, Unheard):
                await asyncio.sleep(UNHEARD_SECONDS)
            except (psycopg.Error, OSError) as error:
                logger.debug("not listening", extra={"error": str(error)})
                await asyncio.sleep(RECONNECT_SECONDS)
            finally:
                self.newest = 0

    async def _listen(self) -> None:
        async with await connect(self._address) as conn:
            if conn.is_pooled:
                raise Unheard("a pooler is between")
            await conn.execute(LISTEN)
            self._news.set()  # something may have been committed before
            async for notice in conn.notifies():
                self.newest = _number_in(notice.payload)
                self._news.set()


def _number_in(payload: str) -> int:
    """Returns the number of a commit; 0 if it is none, as any role may notify."""
    is_number = payload.isascii() and payload.isdigit() and len(payload) < MOST_DIGITS
    return int(payload) if is_number else 0
