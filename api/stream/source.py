"""The connection on which the hub reads the log of changes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg

from api.connection import address_of
from api.settings import ApiSettings
from api.stream import log
from api.stream.events import BEGINNING, Change, Position
from api.stream.log import Asked, Reading
from api.stream.token import Cursor
from db import sql
from db.connect import DatabaseAway, is_away
from db.reading import Connection, connect
from db.settings import changed

LIMIT_MS = 30_000  # a large commit takes its time; nobody waits for it at a request
GRACE_SECONDS = 2.0  # after the limit: the server itself hangs

T = TypeVar("T")


class Source:
    """A connection that opens with the first question, and again after it was lost."""

    def __init__(self, settings: ApiSettings) -> None:
        self.address = address_of(changed(settings, api_timeout_ms=LIMIT_MS))
        self._conn: Connection | None = None

    async def newest(self) -> Position:
        """Returns the newest commit; raises DatabaseAway or an error of the database."""
        return await self._ask(_newest)

    async def read(self, cursor: Cursor, asked: Asked) -> Reading:
        """Returns what comes after a place; raises Unknown, and as newest()."""
        return await self._ask(lambda conn: log.read(conn, cursor, asked))

    async def ranges(self, after: Position, until: Position) -> list[Change]:
        """Returns the ranges that commits touched; raises as newest()."""
        return await self._ask(lambda conn: log.ranges(conn, after, until))

    async def close(self) -> None:
        """Closes the connection."""
        conn, self._conn = self._conn, None
        if conn is not None:
            await conn.close()

    async def _ask(self, question: Callable[[Connection], Awaitable[T]]) -> T:
        """Asks; a connection that broke since the last question is not yet an outage."""
        was_open = self._conn is not None
        try:
            return await self._ask_once(question)
        except psycopg.Error as error:
            if not was_open or not is_away(error):
                raise
        return await self._ask_once(question)

    async def _ask_once(self, question: Callable[[Connection], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(LIMIT_MS / 1000 + GRACE_SECONDS):
                if self._conn is None:
                    self._conn = await connect(self.address)
                return await question(self._conn)
        except TimeoutError as error:
            await self.close()
            raise DatabaseAway("no answer in time") from error
        except psycopg.Error:
            await self.close()
            raise


async def _newest(conn: Connection) -> Position:
    cursor = await conn.execute(sql.load("api.stream", "newest"))
    row = await cursor.fetchone()
    return BEGINNING if row is None else Position(*row)
