"""Settings that results depend on, set on every connection whatever a server, role or database has.

A pooler like PgBouncer gives a session of the server to one client after the other. Nothing is set
in it for longer than a transaction then, nor prepared, so that the next client finds its own.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from psycopg import pq, sql
from psycopg.abc import Params

PINNED = {
    "array_nulls": "on",
    "bytea_output": "hex",
    "client_min_messages": "notice",
    "datestyle": "ISO, MDY",
    "default_table_access_method": "heap",
    "default_transaction_deferrable": "off",
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    "extra_float_digits": "1",
    "intervalstyle": "postgres",
    "quote_all_identifiers": "off",
    "row_security": "on",
    "search_path": "public",
    "standard_conforming_strings": "on",
    "timezone": "UTC",
    "transform_null_equals": "off",
    "xmlbinary": "base64",
}
# Limits for people are none for services; those in the options of the URL or in PGOPTIONS stay.
TIMEOUTS = {
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "lock_timeout": "0",
    "statement_timeout": "0",
    "transaction_timeout": "0",  # since PostgreSQL 17
}
TRANSACTION_TIMEOUT_SINCE = 170000
# What is written would be seen by no trigger and no refresh: an error if it may not be changed.
UNTOUCHED = {
    "session_replication_role": "origin",
    "timescaledb.skip_cagg_invalidation": "off",
}
BEGIN = (
    "default_transaction_deferrable",
    "default_transaction_isolation",
    "default_transaction_read_only",
)


class Session(psycopg.Connection[Any]):
    """A connection; to a pooler, each of its transactions begins with the settings."""

    is_standby = False
    is_restoring = False
    in_transactions: sql.Composed | None = None  # statements; None: the session has the settings

    @contextmanager
    def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> Iterator[psycopg.Transaction]:
        """Opens a transaction block as psycopg does, with the settings in it."""
        begins = self.in_transactions is not None and is_idle(self)
        with super().transaction(savepoint_name, force_rollback) as block:
            if begins:
                self.set_in_transaction()
            yield block

    def set_in_transaction(self) -> None:
        """Sets what the transaction under way needs, or the one that this begins."""
        assert self.in_transactions is not None
        psycopg.Cursor(self).execute(self.in_transactions)


class PooledCursor(psycopg.Cursor[Any]):
    """A cursor of a session at a pooler: no statement is executed without the settings."""

    def execute(
        self,
        query: Any,  # as psycopg takes it
        params: Params | None = None,
        *,
        prepare: bool | None = None,
        binary: bool | None = None,
    ) -> Self:
        session = self.connection
        assert isinstance(session, Session)
        if not is_idle(session):
            return super().execute(query, params, prepare=prepare, binary=binary)
        if session.autocommit:
            with session.transaction():
                return super().execute(query, params, prepare=prepare, binary=binary)
        session.set_in_transaction()
        return super().execute(query, params, prepare=prepare, binary=binary)


def wanted(role: str | None, others: Mapping[str, str], *, writes: bool = True) -> dict[str, Any]:
    """Returns the parameters of db/queries/pin.sql, without the process of the server."""
    settings = {**(UNTOUCHED if writes else {}), **PINNED, **TIMEOUTS, **others}
    return {
        "role": role,
        "names": list(settings),
        "settings": list(settings.values()),
        "yielding": [name for name in TIMEOUTS if name not in others],
    }


def in_transactions(version: int, role: str | None, others: Mapping[str, str]) -> sql.Composed:
    """Returns the statements that a transaction at a pooler begins with.

    `version` is the server's. What BEGIN says is not among them, nor what superusers may set.
    """
    settings = {**PINNED, **TIMEOUTS, **others} | ({} if role is None else {"role": role})
    left_out = set(BEGIN)
    if version < TRANSACTION_TIMEOUT_SINCE:
        left_out.add("transaction_timeout")
    return sql.SQL("; ").join(
        sql.SQL("set local {} = {}").format(sql.Identifier(name), sql.Literal(value))
        for name, value in settings.items()
        if name not in left_out
    )


def is_idle(conn: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> bool:
    """Returns whether no transaction is open on a connection."""
    return conn.pgconn.transaction_status == pq.TransactionStatus.IDLE
