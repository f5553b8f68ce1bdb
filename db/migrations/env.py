"""Runs the migrations: one at a time, one transaction a revision, never long in anybody's way."""

import os
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic import context
from alembic.util import CommandError

from db import connect, settings
from db.errors import DatabaseRefused, StockpulseError

ADVISORY_LOCK = 0x53_50_4D_49  # "SPMI"; any number that nobody else uses
# Longer, and the loader would queue behind us; the connection's options may say otherwise.
LOCK_TIMEOUT = "10s"


def run() -> None:
    if context.is_offline_mode():
        raise CommandError("migrations ask the server for its edition, so they cannot run offline")
    engine = sa.create_engine("postgresql+psycopg://", creator=_connect, poolclass=sa.NullPool)
    with engine.connect() as connection:
        _take_lock(connection)
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()


def _connect() -> psycopg.Connection[Any]:
    url = context.config.attributes.get("database_url")
    if url is None:
        url = settings.read(os.environ).database_url
    return connect.connect(url, application_name="stockpulse migrate")


def _take_lock(connection: sa.Connection) -> None:
    """Takes the session's advisory lock, which lives as long as the connection."""
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
