"""Questions to the database: each is one prepared statement whose single row is the answer.

Connections are read-only, act as stockpulse_reader and may compute no longer than settings allow.
"""

import asyncio
import logging
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import AsyncConnection, conninfo
from psycopg import errors as pg
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from api.errors import TooSlow
from api.settings import ApiSettings
from api.timeframes import Timeframe
from db.connect import DatabaseAway, is_away

logger = logging.getLogger(__name__)

ROLE = "stockpulse_reader"
WAIT_SECONDS = 2.0  # for a free connection, before the answer is 503
RECONNECT_SECONDS = 2.0  # a longer backoff would outlast the outage
GRACE_SECONDS = 1.0  # past the statement timeout: then the server itself hangs
QUEUE_PER_CONNECTION = 32  # requests that may wait; more are turned away at once
CANDLES = "market.candles_1m"  # stands in the statements for the relation of any timeframe

TROUBLE = (psycopg.OperationalError, psycopg.InterfaceError)

Row = tuple[Any, ...]


class Reader:
    """The pool, and how a question is put to it."""

    def __init__(self, settings: ApiSettings) -> None:
        self._timeout = timedelta(milliseconds=settings.api_timeout_ms)
        self.pool: AsyncConnectionPool[AsyncConnection[Row]] = AsyncConnectionPool(
            _conninfo(settings),
            kwargs={"autocommit": True, "prepare_threshold": 0},
            min_size=1,
            max_size=settings.api_pool_size,
            max_waiting=settings.api_pool_size * QUEUE_PER_CONNECTION,
            timeout=WAIT_SECONDS,
            reconnect_timeout=RECONNECT_SECONDS,
            open=False,
            name="api",
        )

    async def ask(
        self, statement: str, timeframe: Timeframe | None = None, /, **values: object
    ) -> Row | None:
        """Returns the row that the statement gives; raises DatabaseAway or TooSlow."""
        if timeframe:
            statement = statement.replace(CANDLES, timeframe.relation)
        try:
            return await self._fetch(statement, values)
        except TROUBLE as error:
            if not is_away(error) or isinstance(error, PoolTimeout | TooManyRequests):
                raise _translated(error) from error
        # A restart of the server leaves dead connections in the pool: once more, with live ones.
        await self.pool.check()
        try:
            return await self._fetch(statement, values)
        except TROUBLE as error:
            raise _translated(error) from error

    async def _fetch(self, statement: str, values: dict[str, object]) -> Row | None:
        limit = self._timeout.total_seconds() + WAIT_SECONDS + GRACE_SECONDS
        try:
            async with asyncio.timeout(limit), self.pool.connection() as conn:
                cursor = await conn.execute(statement, values, prepare=True)
                return await cursor.fetchone()
        except TimeoutError as error:
            raise DatabaseAway(f"no answer within {limit} seconds") from error


def _conninfo(settings: ApiSettings) -> str:
    given = conninfo.conninfo_to_dict(settings.database_url)
    options = {
        "role": ROLE,
        "default_transaction_read_only": "on",
        "statement_timeout": f"{settings.api_timeout_ms}ms",
        "timezone": "UTC",
        # Planning for a hundred chunks takes longer than running: plan once a connection.
        "plan_cache_mode": "force_generic_plan",
        "max_parallel_workers_per_gather": "0",
        "jit": "off",
    }
    ours = " ".join(f"-c {name}={value}" for name, value in options.items())
    return conninfo.make_conninfo(
        settings.database_url,
        options=f"{given.get('options') or ''} {ours}".strip(),
        connect_timeout=given.get("connect_timeout") or int(WAIT_SECONDS),
        application_name="stockpulse-api",
        client_encoding="utf8",
    )


def _translated(error: psycopg.Error) -> Exception:
    if isinstance(error, pg.QueryCanceled):
        return TooSlow("The question took longer than allowed; ask for less.")
    if is_away(error):
        return DatabaseAway(str(error))
    return error
