"""Moves a database between revisions of the schema; `stockpulse migrate`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script.revision import ResolutionError
from alembic.util import CommandError

from db import connect, sql
from db.errors import UsageError

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database_url: str, revision: str = "head") -> None:
    """Upgrades the database to `revision`, one transaction per revision.

    At "head" it then applies the settings in ops.lifecycle to chunks, policies and jobs.

    Raises UsageError for an unknown revision, DatabaseRefused if another migration is running or a
    privilege is missing, DatabaseAway if the database cannot be reached or a lock is not granted
    within the lock timeout; completed revisions stay.
    """
    with _translated(revision):
        command.upgrade(_config(database_url), revision)
    if revision == "head":
        apply_lifecycle(database_url)


def downgrade(database_url: str, revision: str) -> None:
    """Downgrades the database to `revision`; "base" means before the first one.

    Raises as upgrade() does.
    """
    with _translated(revision):
        command.downgrade(_config(database_url), revision)


def apply_lifecycle(database_url: str) -> None:
    """Applies the settings in ops.lifecycle to chunks, policies and jobs."""
    with (
        connect.connect(database_url, application_name="stockpulse migrate") as conn,
        connect.translated(),
    ):
        conn.execute("set role stockpulse_owner")
        conn.execute(sql.load("db", "apply_lifecycle"))


def _config(database_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["database_url"] = database_url
    return config


@contextmanager
def _translated(revision: str) -> Iterator[None]:
    """Translates the errors of Alembic and SQLAlchemy."""
    try:
        yield
    except CommandError as error:
        unknown = isinstance(error.__cause__, ResolutionError) and error.__cause__.argument
        if unknown and unknown != revision:
            raise UsageError(
                f"the schema of the database, {unknown}, is of another version of StockPulse: use"
                " that version, or see docs/how-to/bring-over-an-older-database.md"
            ) from error
        raise UsageError(str(error)) from error
    except sa.exc.DBAPIError as error:
        if not isinstance(error.orig, psycopg.Error):
            raise
        with connect.translated():
            raise error.orig from error
