"""One connection beside the pool, for short questions that must not wait for long ones."""

import asyncio
from typing import Any

import psycopg

from api.connection import address_of
from api.settings import ApiSettings
from db.connect import DatabaseAway, is_away
from db.reading import Connection, connect

LIMIT_SECONDS = 2.0  # for an answer, with the connection and the questions before it

Row = tuple[Any, ...]


class Aside:
    """A connection that opens with the first question, and again after it was lost."""

    def __init__(self, settings: ApiSettings) -> None:
        self._address = address_of(settings)
        self._conn: Connection | None = None
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[Row | None]] = set()

    async def fetch_row(self, statement: str, /, **values: object) -> Row | None:
        """Returns the statement's row, None if there is none; raises DatabaseAway.

        Other errors of the database are raised as they are.
        """
        # A task of its own: neither a client that leaves nor the limit ends it half-way.
        task = asyncio.create_task(self._fetch(statement, values))
        self._tasks.add(task)
        task.add_done_callback(self._end)
        done, _ = await asyncio.wait({task}, timeout=LIMIT_SECONDS)
        if not done:
            raise DatabaseAway(f"no answer within {LIMIT_SECONDS} seconds")
        return task.result()

    async def close(self) -> None:
        """Closes the connection and ends what still waits for it."""
        for task in self._tasks:
            task.cancel()
        await self._drop()

    async def _fetch(self, statement: str, values: dict[str, object]) -> Row | None:
        async with self._lock:
            known = self._conn is not None
            try:
                return await self._ask(statement, values)
            except psycopg.Error as error:
                await self._drop()
                if not known or not is_away(error):
                    raise _translated(error) from error
            # The server was restarted since the last question: its connection is new now.
            try:
                return await self._ask(statement, values)
            except psycopg.Error as error:
                await self._drop()
                raise _translated(error) from error

    async def _ask(self, statement: str, values: dict[str, object]) -> Row | None:
        if self._conn is None:
            self._conn = await connect(self._address)
        cursor = await self._conn.execute(statement, values)
        return await cursor.fetchone()

    async def _drop(self) -> None:
        conn, self._conn = self._conn, None
        if conn is not None:
            await conn.close()

    def _end(self, task: asyncio.Task[Row | None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # nobody may be waiting for it any more


def _translated(error: psycopg.Error) -> Exception:
    return DatabaseAway(str(error)) if is_away(error) else error
