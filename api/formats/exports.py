"""Connections of exports: few, and apart from the pool, since an export may take minutes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import psycopg
from psycopg import AsyncConnection, conninfo, errors, pq

from api.errors import InvalidParameter, TooSlow, Unavailable
from api.formats.ranges import Spool
from api.pool import conninfo_of
from api.settings import ApiSettings
from db.connect import TCP_TIMEOUTS, DatabaseAway, is_away

CANCEL_SECONDS = 2.0  # for the server to take the request to cancel

Connection = AsyncConnection[tuple[Any, ...]]


class Exports:
    """The exports under way; each has a connection and a snapshot of its own."""

    def __init__(self, settings: ApiSettings) -> None:
        address = conninfo_of(settings)
        self._address = conninfo.make_conninfo(
            address,
            # An export takes as long as its client reads; the last of equal options counts.
            options=f"{conninfo.conninfo_to_dict(address).get('options') or ''} "
            "-c statement_timeout=0",
            **TCP_TIMEOUTS,
        )
        self._most = settings.api_exports
        self.under_way = 0
        self.spool = Spool()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """Gives a connection on which all statements see the rows of one moment.

        What still runs on it at the end is cancelled. Raises Unavailable if too many exports are
        under way, DatabaseAway, TooSlow or psycopg.Error.
        """
        if self.under_way >= self._most:
            raise Unavailable(f"{self._most} exports are under way already; try again shortly.")
        self.under_way += 1
        try:
            with translated():
                conn = await AsyncConnection.connect(self._address, autocommit=True)
                try:
                    await conn.execute("begin isolation level repeatable read read only")
                    yield conn
                finally:
                    await asyncio.shield(_end(conn))
        finally:
            self.under_way -= 1


@contextmanager
def translated() -> Iterator[None]:
    """Translates the driver's errors to DatabaseAway, TooSlow or InvalidParameter."""
    try:
        yield
    except psycopg.Error as error:
        if isinstance(error, errors.QueryCanceled):
            raise TooSlow("The query took longer than allowed; request less.") from error
        if isinstance(error, errors.NumericValueOutOfRange):
            raise InvalidParameter("ts", "cannot be ns: there are times beyond 2262") from error
        if isinstance(error, errors.InvalidParameterValue):
            reason, hint = error.diag.message_primary, error.diag.message_hint
            raise InvalidParameter(
                "session", f"regular needs sessions: {reason}; {hint}"
            ) from error
        if is_away(error):
            raise DatabaseAway(str(error)) from error
        raise


async def _end(conn: Connection) -> None:
    """Closes a connection, and first stops what the server does for it."""
    if conn.pgconn.transaction_status == pq.TransactionStatus.ACTIVE:
        with suppress(psycopg.Error):
            await conn.cancel_safe(timeout=CANCEL_SECONDS)
    await conn.close()
