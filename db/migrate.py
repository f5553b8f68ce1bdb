"""Moves a database between revisions of the schema; `stockpulse migrate`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError

from db import connect, sql, versions
from db.doctor.rules import EXTENSION_SCHEMA, HALF_MADE, REVISION, STRANGERS, UNVERSIONED, Rule
from db.errors import UsageError

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database_url: str, revision: str = "head") -> None:
    """Upgrades the database to `revision`, one transaction per revision.

    At "head" it then applies the settings in ops.lifecycle to chunks, policies and jobs.

    Raises UsageError for an unknown revision and for a database that another application uses, or
    in which a part of the schema is missing; DatabaseRefused if another migration is running or a
    privilege is missing, DatabaseAway if the database cannot be reached or a lock is not granted
    within the lock timeout; completed revisions stay.
    """
    _examine(database_url)
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
        connect.connect(
            database_url,
            application_name="stockpulse migrate",
            role="stockpulse_owner",
            direct=True,
            primary=True,
        ) as conn,
        connect.translated(),
    ):
        conn.execute(sql.load("db", "apply_lifecycle"))


def _examine(database_url: str) -> None:
    """Raises UsageError if the schema was not made by these migrations, or only in part.

    What is in it besides is a fault only if there is something to do: later revisions may use its
    name.
    """
    with (
        connect.connect(
            database_url, application_name="stockpulse migrate", direct=True, primary=True
        ) as conn,
        connect.translated(),
    ):
        _refuse(conn, EXTENSION_SCHEMA)
        versions.adopt(conn)
        _refuse(conn, UNVERSIONED)
        if conn.execute("select to_regclass('public.stockpulse_version')").fetchone() == (None,):
            return
        _refuse(conn, REVISION)
        row = conn.execute("select version_num from public.stockpulse_version").fetchone()
        script = ScriptDirectory(str(MIGRATIONS))
        if row and row[0] in {revision.revision for revision in script.walk_revisions()}:
            _refuse(conn, HALF_MADE)
            if row[0] != script.get_current_head():
                _refuse(conn, STRANGERS)


def _refuse(conn: psycopg.Connection[Any], rule: Rule) -> None:
    row = conn.execute(sql.load("db.doctor", rule.name)).fetchone()
    if row:
        raise UsageError(f"{row[0]}: {rule.remedy}")


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
