"""Connections to the database, and its errors turned into ours: away, or a refusal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg.conninfo import make_conninfo

from db.errors import DatabaseAway, DatabaseRefused

CONNECT_TIMEOUT = 5  # seconds

# A host that vanishes says nothing: after so long without an answer of its network it is away.
SILENCE = {
    "keepalives_idle": 15,  # seconds
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}

# SQLSTATEs that pass by themselves: connection trouble (class 08), out of room or memory or
# connections (53), an operator's stop, a crash or a start-up (57P), an I/O error (58).
AWAY_CLASSES = ("08", "53", "57P", "58")


def connect(
    database_url: str, *, application_name: str, autocommit: bool = False
) -> psycopg.Connection[Any]:
    """Opens a connection; raises DatabaseAway or DatabaseRefused.

    `database_url` is anything libpq takes; empty means its PG* variables.
    """
    with translated():
        return psycopg.connect(
            make_conninfo(database_url, **SILENCE),
            autocommit=autocommit,
            application_name=application_name,
            connect_timeout=CONNECT_TIMEOUT,
            client_encoding="utf8",
        )


@contextmanager
def translated() -> Iterator[None]:
    """Turns the driver's errors into DatabaseAway or DatabaseRefused."""
    try:
        yield
    except psycopg.Error as error:
        raise _translate(error) from error


def is_away(error: psycopg.Error) -> bool:
    """Tells whether `error` is an outage, which passes, and not an answer."""
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
        return DatabaseAway(f"somebody else holds a lock for too long: {line}")
    if isinstance(error, pg.QueryCanceled):
        return DatabaseAway(f"a statement was broken off: {line}")
    if is_away(error):
        return DatabaseAway(f"the database cannot be reached: {line}")
    return DatabaseRefused(f"the database refused: {line}")


def _line(error: psycopg.Error) -> str:
    """Returns what the server says, without the statement it says it of, or what libpq says."""
    said = (error.diag.message_primary, error.diag.message_detail, error.diag.message_hint)
    text = ". ".join(part.rstrip(".") for part in said if part) or str(error)
    return " ".join(text.split()) or type(error).__name__
