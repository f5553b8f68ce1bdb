"""Connections to a migrated database: one per test, or one per module that has a few ticks."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from stack.database import Database
from tests import support as names
from tests.db import support
from tests.db.roles import START
from tests.db.support import tick


@pytest.fixture
def conn(fresh_database: str) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection that commits every statement."""
    with support.connect(fresh_database) as connection:
        yield connection


@pytest.fixture(scope="module")
def url(database: Database, template: str) -> Iterator[str]:
    """The URL of a database with a few ticks, for a module whose statements change nothing."""
    with names.database_like(database.url, template) as made:
        with support.connect(made) as conn:
            support.insert(conn, [tick(START, "1", tick_id="1"), tick(START + support.MINUTE, "2")])
            support.refresh(conn)
        yield made


@pytest.fixture
def filled(url: str) -> Iterator[psycopg.Connection[Any]]:
    with support.connect(url) as conn:
        yield conn


@pytest.fixture
def reader(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection as stockpulse_reader that has switched off its own read-only mode."""
    with support.as_role(url, "stockpulse_reader") as conn:
        conn.execute("set default_transaction_read_only = off")
        yield conn


@pytest.fixture
def loader(url: str) -> Iterator[psycopg.Connection[Any]]:
    with support.as_role(url, "stockpulse_loader") as conn:
        yield conn
