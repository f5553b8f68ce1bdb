"""The loader's connection: opened with its role and settings, interrupted by another thread."""

from contextlib import suppress
from typing import Any

import psycopg

from db import connect

Conn = psycopg.Connection[Any]

SETTINGS = {
    # A crash loses ticks and offsets together, and Kafka still has the messages.
    "synchronous_commit": "off",
    "lock_timeout": "5s",  # then the loader logs what it waits for, and waits again
}
CANCEL_SECONDS = 1.0


def open_connection(database_url: str) -> Conn:
    """Opens a connection in autocommit mode; raises DatabaseAway or DatabaseRefused."""
    conn = connect.connect(
        database_url,
        application_name="stockpulse load",
        autocommit=True,
        role="stockpulse_loader",
        settings=SETTINGS,
        direct=True,
        primary=True,
    )
    # At this level TimescaleDB logs the range of every write, even of those that it takes to be
    # ahead of every aggregate: no refresh can pass a transaction that it does not see yet.
    conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    return conn


def cancel(conn: Conn) -> None:
    """Cancels the statement that another thread is running, if there is one."""
    with suppress(psycopg.Error):
        conn.cancel_safe(timeout=CANCEL_SECONDS)
