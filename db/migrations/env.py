"""Runs the migrations: one run at a time, one transaction per revision, short waits for locks."""

import os
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic import context
from alembic.util import CommandError

from db import connect, secret_files, settings, versions
from db.connect import DatabaseRefused
from db.errors import StockpulseError
from db.settings import DatabaseSettings
from db.versions import ADVISORY_LOCK

# While a migration waits for a lock, the loader queues behind it. A lock_timeout in the options of
# the address takes precedence.
LOCK_TIMEOUT = "10s"


def run() -> None:
    if context.is_offline_mode():
        raise CommandError("migrations ask the server for its edition, so they cannot run offline")
    engine = sa.create_engine("postgresql+psycopg://", creator=_connect, poolclass=sa.NullPool)
    with engine.connect() as connection:
        _take_lock(connection)
        _adopt_revision(connection)
        context.configure(
            connection=connection,
            transaction_per_migration=True,
            version_table=versions.TABLE,
            version_table_schema=versions.SCHEMA,
        )
        with context.begin_transaction():
            context.run_migrations()


def _connect() -> psycopg.Connection[Any]:
    url = context.config.attributes.get("database_url")
    if url is None:
        secret_files.replace(os.environ)
        url = settings.read(DatabaseSettings, os.environ).database_url
    return connect.connect(url, application_name="stockpulse migrate", direct=True, primary=True)


def _adopt_revision(connection: sa.Connection) -> None:
    driver: Any = connection.connection.driver_connection
    versions.adopt(driver)
    driver.commit()


def _take_lock(connection: sa.Connection) -> None:
    """Takes an advisory lock, which is held until the connection closes."""
    if connection.exec_driver_sql("show lock_timeout").scalar() == "0":
        connection.exec_driver_sql(f"set lock_timeout = '{LOCK_TIMEOUT}'")
    locked = connection.exec_driver_sql(f"select pg_try_advisory_lock({ADVISORY_LOCK})").scalar()
    connection.commit()
    if not locked:
        raise DatabaseRefused("another migration is running on this database")


try:
    run()
except StockpulseError as error:
    if context.config.cmd_opts is None:
        raise
    raise CommandError(str(error)) from error  # which `alembic` prints as one line
