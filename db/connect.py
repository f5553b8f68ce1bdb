"""Connections to the database, and its errors translated: it is away, or it refuses."""

import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from db import session, sql
from db.address import libpq_address
from db.errors import StockpulseError
from db.session import Session

CONNECT_TIMEOUT = 5  # seconds

# A host that vanishes sends nothing: after this time without an answer its connection is dropped.
TCP_TIMEOUTS = {
    "keepalives_idle": 15,  # seconds
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}
LIMITS = {"connect_timeout": CONNECT_TIMEOUT, **TCP_TIMEOUTS}  # unless the address has its own

POOLED = (
    "this command needs a session of its own, and a pooler like PgBouncer shares them:"
    " set STOCKPULSE_DATABASE_URL to the address of PostgreSQL itself"
)
STANDBY = (
    "the server is a standby, to which nothing can be written:"
    " set STOCKPULSE_DATABASE_URL to the address of its primary"
)
RESTORING = (
    "a restore of this database was begun and not finished: once it is, run"
    " psql -X -c 'select timescaledb_post_restore()'"
)

# libpq gives no SQLSTATE for a login that failed. Whoever waits until it succeeds waits for ever.
LOGIN_REFUSED = (
    "authentication failed",
    "authentication method",
    "certificate",
    "does not exist",
    "does not support SSL",
    "is not permitted to log in",
    "no password supplied",
    "no pg_hba.conf entry",
    "no such database",
    "no such user",
    "permission denied for database",
    "pg_hba.conf rejects",
    "unrecognized configuration parameter",
    "invalid integer value",
    "invalid value",
    " value: ",  # of an option of libpq
)
# psycopg's text if an address has several hosts, and libpq's within it.
MANY_HOSTS = "Multiple connection attempts failed"
HOST = re.compile(r"^- host: '?(.*?)'?, port: '?(\d*)'?, hostaddr: .*?: (.*)$", re.MULTILINE)
PREFIX = re.compile(r"^connection failed: (connection to server at .*? failed: )?(FATAL: +)?")
STARTUP_REFUSED = "unsupported startup parameter"

# SQLSTATEs of outages, which end by themselves: connection failures (class 08), no disk space,
# memory or connections left (53), shutdown, crash or start-up (57P), I/O errors (58).
AWAY_CLASSES = ("08", "53", "57P", "58")


def connect(
    database_url: str,
    *,
    application_name: str,
    autocommit: bool = False,
    role: str | None = None,
    settings: Mapping[str, str] | None = None,
    direct: bool = False,
    primary: bool = False,
) -> Session:
    """Opens a connection to `database_url`, which is anything that libpq accepts.

    Empty means libpq's PG* variables and defaults. The session acts as `role`, and has the settings
    of db.session and `settings`. `direct` refuses a pooler, `primary` a standby.

    Raises DatabaseAway if the server cannot be reached within CONNECT_TIMEOUT or is not ready,
    DatabaseRefused if it rejects the login, IsPooled, IsStandby; SettingsError. To the primary also
    DatabaseRefused while a restore is not finished.
    """
    address = libpq_address(database_url)
    given = conninfo_to_dict(address)
    limits = {name: value for name, value in LIMITS.items() if name not in given}
    with translated():
        conn = Session.connect(
            make_conninfo(address, **limits),
            autocommit=True,
            application_name=application_name,
            client_encoding="utf8",
        )
        try:
            _prepare(conn, role, settings or {})
            _check(conn, direct=direct, primary=primary)
            conn.autocommit = autocommit
        except BaseException:
            conn.close()
            raise
    return conn


def _prepare(conn: Session, role: str | None, settings: Mapping[str, str]) -> None:
    values = session.wanted(role, settings) | {"pid": conn.info.backend_pid}
    conn.isolation_level = psycopg.IsolationLevel.READ_COMMITTED  # a standby has no serializable
    with conn.transaction():
        row = conn.execute(sql.load("db", "pin"), values, prepare=False).fetchone()
    assert row is not None
    is_pooled, conn.is_standby, conn.is_restoring, *_ = row
    if not is_pooled:
        conn.isolation_level = None  # the session's
    else:
        conn.prepare_threshold = None
        conn.read_only = None if conn.is_standby else False
        conn.deferrable = False
        conn.in_transactions = session.in_transactions(conn.info.server_version, role, settings)
        conn.cursor_factory = session.PooledCursor


def _check(conn: Session, *, direct: bool, primary: bool) -> None:
    if direct and conn.in_transactions is not None:
        raise IsPooled(POOLED)
    if primary and conn.is_standby:
        raise IsStandby(STANDBY)
    if primary and conn.is_restoring:
        raise DatabaseRefused(RESTORING)


def break_connection(conn: psycopg.Connection[Any]) -> None:
    """Makes the statement that another thread is running fail, without the server's help."""
    with suppress(psycopg.Error, OSError):
        descriptor = os.dup(conn.fileno())
        with socket.socket(fileno=descriptor) as connection:
            connection.shutdown(socket.SHUT_RDWR)


class DatabaseAway(StockpulseError):
    """The database cannot be reached or is shutting down: retry later."""


class DatabaseRefused(StockpulseError):
    """The database refused: privileges, missing relations, a wrong version."""


class IsPooled(DatabaseRefused):
    """There is a pooler between, and the command needs a session of its own."""


class LoginRefused(DatabaseRefused):
    """The server, or a pooler, lets nobody in: a wrong password, an unknown database."""


class IsStandby(DatabaseRefused):
    """The server is a standby, and the command writes."""


@contextmanager
def translated() -> Iterator[None]:
    """Translates the driver's errors to DatabaseAway or DatabaseRefused."""
    try:
        yield
    except psycopg.Error as error:
        raise _translate(error) from error


def is_away(error: psycopg.Error) -> bool:
    """Returns whether `error` is an outage, which ends by itself, and not a refusal."""
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return error.sqlstate.startswith(AWAY_CLASSES) or isinstance(error, pg.LockNotAvailable)


def _translate(error: psycopg.Error) -> DatabaseAway | DatabaseRefused:
    line = _line(error)
    if error.sqlstate is None and (refusal := _refusal_of_login(line)):
        return refusal
    if isinstance(error, pg.ReadOnlySqlTransaction):
        return IsStandby(f"{STANDBY} ({line})")
    if isinstance(error, pg.UndefinedTable | pg.InvalidSchemaName | pg.UndefinedFunction):
        return DatabaseRefused(f"{line}; has `stockpulse migrate` been run on this database?")
    if isinstance(error, pg.InvalidParameterValue) and 'role "stockpulse_' in line:
        return DatabaseRefused(f"{line}; has `stockpulse migrate` been run on this server?")
    if isinstance(error, pg.LockNotAvailable):
        return DatabaseAway(f"waited too long for a lock that another session holds: {line}")
    if isinstance(error, pg.QueryCanceled):
        return DatabaseAway(f"a statement was cancelled: {line}")
    if is_away(error):
        return DatabaseAway(f"the database cannot be reached: {line}")
    return DatabaseRefused(f"the database refused: {line}")


def _refusal_of_login(line: str) -> LoginRefused | None:
    """Returns what it means that a connection was refused, None if that may end by itself."""
    if STARTUP_REFUSED in line:
        return LoginRefused(
            f"{line}: the pooler takes no options; remove them from the address and from"
            " PGOPTIONS, or add their name to ignore_startup_parameters"
        )
    if any(words in line for words in LOGIN_REFUSED):
        return LoginRefused(f"the database refused: {line}")
    return None


def _line(error: psycopg.Error) -> str:
    """Returns the server's message, detail and hint in one line, or libpq's message."""
    parts = (error.diag.message_primary, error.diag.message_detail, error.diag.message_hint)
    text = ". ".join(part.rstrip(".") for part in parts if part) or _of_hosts(str(error))
    return " ".join(text.split()) or type(error).__name__


def _of_hosts(text: str) -> str:
    """Returns what each host of an address answered; psycopg gives the last one twice."""
    found = HOST.findall(text)
    if MANY_HOSTS not in text or not found:
        return text
    return "; ".join(
        f"{host} port {port}: {PREFIX.sub('', answer)}" for host, port, answer in found
    )
