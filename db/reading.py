"""Connections that only read: asynchronous, as stockpulse_reader, with what db.session sets."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple, Self

import psycopg
from psycopg import AsyncConnection, AsyncCursor, AsyncTransaction, pq, sql
from psycopg import errors as pg
from psycopg.abc import Params
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from db import session
from db.address import libpq_address
from db.connect import TCP_TIMEOUTS
from db.sql import load

ROLE = "stockpulse_reader"
CONNECT_SECONDS = 2
CANCEL_SECONDS = 2.0  # for the server to take the request to cancel
PREPARE_SECONDS = 5.0  # for the settings; the server itself hangs after that

SETTINGS = {
    "default_transaction_read_only": "on",
    # Planning for a hundred chunks takes longer than executing: plan once per connection.
    "plan_cache_mode": "force_generic_plan",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}

Row = tuple[Any, ...]


class Address(NamedTuple):
    """An address for reading, and the settings that come on top of the usual ones."""

    conninfo: str
    settings: Mapping[str, str]


class Connection(AsyncConnection[Row]):
    """A connection; to a pooler, each of its transactions begins with the settings."""

    in_transactions: sql.Composed | None = None  # statements; None: the session has the settings

    @property
    def is_pooled(self) -> bool:
        """Whether a pooler is between, which shares the sessions of the server."""
        return self.in_transactions is not None

    @asynccontextmanager
    async def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> AsyncIterator[AsyncTransaction]:
        """Opens a transaction block as psycopg does, with the settings in it."""
        statements = self.in_transactions if session.is_idle(self) else None
        async with super().transaction(savepoint_name, force_rollback) as block:
            if statements is not None:
                await AsyncCursor(self).execute(statements)
            yield block

    @asynccontextmanager
    async def with_settings(self) -> AsyncIterator[None]:
        """Has the settings in force for what is not executed by a cursor."""
        if not (self.is_pooled and session.is_idle(self)):
            yield
            return
        async with self.transaction():
            try:
                yield
            finally:
                if self.pgconn.transaction_status == pq.TransactionStatus.ACTIVE:
                    await self.close()


class PooledCursor(AsyncCursor[Any]):
    """A cursor of a connection to a pooler: no statement is executed without the settings."""

    async def execute(
        self,
        query: Any,  # as psycopg takes it
        params: Params | None = None,
        *,
        prepare: bool | None = None,
        binary: bool | None = None,
    ) -> Self:
        if not session.is_idle(self.connection):
            return await super().execute(query, params, prepare=prepare, binary=binary)
        async with self.connection.transaction():
            return await super().execute(query, params, prepare=prepare, binary=binary)


def address_of(url: str, variable: str, application_name: str, **settings: str) -> Address:
    """Returns how to connect to the address in a variable, with settings on top of the usual ones.

    Raises SettingsError.
    """
    url = libpq_address(url, variable)
    given = conninfo_to_dict(url)
    conninfo = make_conninfo(
        url,
        **{name: value for name, value in TCP_TIMEOUTS.items() if name not in given},
        connect_timeout=given.get("connect_timeout") or CONNECT_SECONDS,
        application_name=application_name,
        client_encoding="utf8",
    )
    return Address(conninfo, {**SETTINGS, **settings})


async def connect(address: Address) -> Connection:
    """Opens a connection in autocommit mode; raises errors of psycopg."""
    conn = await Connection.connect(address.conninfo, autocommit=True, prepare_threshold=0)
    try:
        await prepare(conn, address.settings)
    except BaseException:
        await conn.close()
        raise
    return conn


async def prepare(conn: Connection, settings: Mapping[str, str]) -> None:
    """Gives a new connection its settings and its role."""
    values = session.wanted(ROLE, settings, writes=False) | {"pid": conn.info.backend_pid}
    try:
        # A standby has no serializable transactions, which may be the default.
        await conn.set_isolation_level(psycopg.IsolationLevel.READ_COMMITTED)
        async with asyncio.timeout(PREPARE_SECONDS), conn.transaction():
            cursor = await conn.execute(load("db", "pin"), values, prepare=False)
            row = await cursor.fetchone()
    except TimeoutError as error:
        raise pg.ConnectionTimeout("no answer to the settings of the session") from error
    assert row is not None
    is_pooled, is_standby, *_ = row
    if not is_pooled:
        await conn.set_isolation_level(None)  # the session's
    else:
        conn.prepare_threshold = None
        await conn.set_read_only(None if is_standby else True)
        await conn.set_deferrable(False)
        conn.in_transactions = session.in_transactions(conn.info.server_version, ROLE, settings)
        conn.cursor_factory = PooledCursor


async def stop(conn: Connection) -> None:
    """Stops what the server still does for a connection, and closes it then."""
    if conn.pgconn.transaction_status == pq.TransactionStatus.ACTIVE:
        with suppress(psycopg.Error):
            await conn.cancel_safe(timeout=CANCEL_SECONDS)
        await conn.close()
