"""Queries: each is one prepared statement that returns a single row."""

import time
from collections.abc import AsyncIterator, Hashable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import psycopg
from psycopg import errors as pg
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from api.connection import address_of
from api.errors import Busy, TooSlow
from api.flights import Cache, Fetch, Flights, Row, key_of
from api.load import Load
from api.settings import ApiSettings
from api.warnings import Seldom
from db.connect import DatabaseAway, is_away
from db.reading import Connection, prepare

WAIT_SECONDS = 2.0  # for a free connection, before the answer is 503
RECONNECT_SECONDS = 2.0  # a longer backoff could outlast the outage
GRACE_SECONDS = 1.0  # after the statement timeout: the server itself hangs
QUEUE_PER_CONNECTION = 32  # requests that may wait; more are refused at once

# A standby cancels what needs rows that its primary has removed; a reader meets them nowhere else.
RECOVERY = (pg.SerializationFailure, pg.DeadlockDetected)
TROUBLE = (psycopg.OperationalError, psycopg.InterfaceError)

_BUSY = Seldom(__name__)


class Reader:
    """The pool of connections; runs statements on it."""

    def __init__(self, settings: ApiSettings) -> None:
        self.limit_seconds = settings.api_timeout_ms / 1000 + WAIT_SECONDS + GRACE_SECONDS
        self._flights = Flights(self.limit_seconds)
        self._used = 0  # connections
        self._cache = Cache(settings.api_cache_ms / 1000)
        self.load = Load(settings.api_pool_size)
        address = address_of(settings)
        self.pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            address.conninfo,
            connection_class=Connection,
            kwargs={"autocommit": True, "prepare_threshold": 0},
            configure=partial(prepare, settings=address.settings),
            min_size=1,
            max_size=settings.api_pool_size,
            max_waiting=settings.api_pool_size * QUEUE_PER_CONNECTION,
            timeout=WAIT_SECONDS,
            reconnect_timeout=RECONNECT_SECONDS,
            open=False,
            name="api",
        )

    async def fetch_row(self, statement: str, /, **values: object) -> Row | None:
        """Returns the statement's row, None if there is none.

        Raises DatabaseAway, TooSlow, or Busy if too many requests use the database. The same
        statement with the same values that is under way already is not sent again. Once nobody
        waits for its row any more, the server is told to cancel it.
        """
        key = key_of(statement, values)
        return await self._join(key, lambda: self._fetch_or_retry(statement, values))

    async def fetch_live_row(self, statement: str, /, **values: object) -> Row | None:
        """Returns the row as fetch_row does, or the one of a moment ago: for the newest data."""
        key = key_of(statement, values)
        if found := self._cache.get(key):
            return found.row

        async def fetch() -> Row | None:
            asked = time.monotonic()
            row = await self._fetch_or_retry(statement, values)
            self._cache.put(key, row, asked)
            return row

        return await self._join(key, fetch)

    async def _join(self, key: Hashable, fetch: Fetch) -> Row | None:
        if key not in self._flights:
            self.load.use_database()
        try:
            return await self._flights.join(key, fetch)
        except TimeoutError as error:
            raise DatabaseAway(f"no answer within {self.limit_seconds} seconds") from error

    async def _fetch_or_retry(self, statement: str, values: dict[str, object]) -> Row | None:
        try:
            return await self._fetch(statement, values)
        except TROUBLE as error:
            if not is_away(error):
                raise translation(error) from error
        # A restart of the server leaves dead connections in the pool: replace them, try once more.
        await self._flights.join("check", self._check)
        try:
            return await self._fetch(statement, values)
        except TROUBLE as error:
            raise translation(error) from error

    async def _check(self) -> None:
        await self.pool.check()

    async def _fetch(self, statement: str, values: dict[str, object]) -> Row | None:
        async with self.connection() as conn:
            cursor = await conn.execute(statement, values, prepare=True)
            return await cursor.fetchone()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Gives a connection of the pool; raises Busy or DatabaseAway if there is none."""
        conn = await self._take()
        self._used += 1
        try:
            yield conn
        finally:
            self._used -= 1
            await self.pool.putconn(conn)

    @asynccontextmanager
    async def checked_connection(self) -> AsyncIterator[Connection]:
        """Gives a connection as connection() does, which just answered: for what is asked once."""
        self.load.use_database()
        async with AsyncExitStack() as stack:
            conn = await stack.enter_async_context(self.connection())
            try:
                await self.pool.check_connection(conn)
            except TROUBLE:
                await stack.aclose()
                await self._flights.join("check", self._check)
                conn = await stack.enter_async_context(self.connection())
            yield conn

    async def _take(self) -> Connection:
        try:
            return await self.pool.getconn()
        except (PoolTimeout, TooManyRequests) as error:
            if not self._used:
                raise DatabaseAway(str(error)) from error
            _BUSY.warn("no connection became free", seconds=WAIT_SECONDS)
            raise Busy("Too many requests are under way; try again in a second.") from error


def translation(error: psycopg.Error) -> Exception:
    """Returns DatabaseAway or TooSlow for an error that means it, else the error."""
    if isinstance(error, pg.QueryCanceled):
        return TooSlow("The query took longer than allowed; request less.")
    if is_away(error) or isinstance(error, RECOVERY):
        return DatabaseAway(str(error))
    return error
