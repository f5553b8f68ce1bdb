"""Connections to the database, and its errors translated: it is away, or it refuses."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg.conninfo import make_conninfo

from db.errors import StockpulseError

CONNECT_TIMEOUT = 5  # seconds

# A host that vanishes sends nothing: after this time without an answer its connection is dropped.
TCP_TIMEOUTS = {
    "keepalives_idle": 15,  # seconds
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}

# SQLSTATEs of outages, which end by themselves: connection failures (class 08), no disk space,
# memory or connections left (53), shutdown, crash or start-up (57P), I/O errors (58).
AWAY_CLASSES = ("08", "53", "57P", "58")


def connect(
    database_url: str, *, application_name: str, autocommit: bool = False
) -> psycopg.Connection[Any]:
    """Opens a connection to `database_url`, which is anything that libpq accepts.

    Empty means libpq's PG* variables and defaults. Raises DatabaseAway if the server cannot be
    reached within CONNECT_TIMEOUT or is not ready, DatabaseRefused if it rejects the login.
    """
    with translated():
        return psycopg.connect(
            make_conninfo(database_url, **TCP_TIMEOUTS),
            autocommit=autocommit,
            application_name=application_name,
            connect_timeout=CONNECT_TIMEOUT,
            client_encoding="utf8",
        )


class DatabaseAway(StockpulseError):
    """The database cannot be reached or is shutting down: retry later."""


class DatabaseRefused(StockpulseError):
    """The database refused: privileges, missing relations, a wrong version."""


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


def _line(error: psycopg.Error) -> str:
    """Returns the server's message, detail and hint in one line, or libpq's message."""
    parts = (error.diag.message_primary, error.diag.message_detail, error.diag.message_hint)
    text = ". ".join(part.rstrip(".") for part in parts if part) or str(error)
    return " ".join(text.split()) or type(error).__name__
