"""The errors of the database that a transaction deals with itself."""

import psycopg
from psycopg import errors as pg

# About rows that the database will never take: wrong data, a constraint, the refusal of a trigger
# or a function, a row too large for its index.
REFUSALS = (
    pg.DataError,
    pg.IntegrityError,
    pg.CardinalityViolation,
    pg.TriggeredDataChangeViolation,
    pg.WithCheckOptionViolation,
    pg.ProgramLimitExceeded,
    pg.StatementTooComplex,
    pg.RaiseException,
    pg.NoDataFound,
    pg.TooManyRows,
    pg.AssertFailure,
)

# About two transactions that met, and nothing about their rows.
CONFLICTS = (pg.SerializationFailure, pg.DeadlockDetected)


def one_line(error: psycopg.Error) -> str:
    """Returns the server's own message, without the statement, as one line."""
    return " ".join((error.diag.message_primary or str(error)).split())
