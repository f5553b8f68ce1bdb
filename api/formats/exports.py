"""Connections of exports: few, and apart from the pool, since an export may take minutes."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager

import psycopg
from psycopg import errors
from psycopg.conninfo import make_conninfo

from api.connection import address_of
from api.errors import InvalidParameter, Unavailable
from api.formats.ranges import Spool
from api.pool import translation
from api.settings import ApiSettings
from db.connect import TCP_TIMEOUTS, DatabaseAway
from db.reading import Connection, connect, stop

SNAPSHOT = "set transaction isolation level repeatable read, read only"


class Exports:
    """The exports under way; each has a connection and a snapshot of its own."""

    def __init__(self, settings: ApiSettings) -> None:
        # An export takes as long as its client reads.
        address = address_of(settings, statement_timeout="0")
        self._address = address._replace(conninfo=make_conninfo(address.conninfo, **TCP_TIMEOUTS))
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
                conn = await connect(self._address)
                try:
                    async with conn.transaction():
                        await conn.execute(SNAPSHOT)
                        try:
                            yield conn
                        finally:
                            await asyncio.shield(stop(conn))
                finally:
                    await asyncio.shield(conn.close())
        finally:
            self.under_way -= 1


@contextmanager
def translated() -> Iterator[None]:
    """Translates the driver's errors to DatabaseAway, TooSlow or InvalidParameter."""
    try:
        yield
    except psycopg.Error as error:
        if isinstance(error, errors.NumericValueOutOfRange):
            raise InvalidParameter("ts", "cannot be ns: there are times beyond 2262") from error
        if isinstance(error, errors.InvalidParameterValue):
            reason, hint = error.diag.message_primary or "", error.diag.message_hint
            if reason.startswith("fill "):
                raise InvalidParameter("fill", f"{reason[5:]}; {hint}") from error
            raise InvalidParameter(
                "session", f"regular needs sessions: {reason}; {hint}"
            ) from error
        raise translation(error) from error


async def unless_it_hangs(
    blocks: AsyncGenerator[bytes], limit_seconds: float
) -> AsyncGenerator[bytes]:
    """Yields blocks, of which each takes two statements at most; raises DatabaseAway."""
    async with aclosing(blocks):
        while True:
            try:
                async with asyncio.timeout(2 * limit_seconds):
                    block = await anext(blocks, b"")
            except TimeoutError as error:
                raise DatabaseAway("no answer to a statement, nor its timeout") from error
            if not block:
                return
            yield block
