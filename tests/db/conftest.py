"""Connections to a migrated database: of the test's own, or of its module's with a few events."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from stack.database import Database
from tests import support as names
from tests.db import support
from tests.db.roles import START
from tests.db.support import quote, trade


@pytest.fixture
def conn(fresh_database: str) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection that commits every statement."""
    with support.connect(fresh_database) as connection:
        yield connection


@pytest.fixture(scope="module")
def url(database: Database, template: str) -> Iterator[str]:
    """A database with a few events for the whole module: what is refused changes nothing."""
    with names.database_like(database.url, template) as made:
        with support.connect(made) as conn:
            support.insert(
                conn,
                [
                    trade(START, "1", tick_id="1"),
                    trade(START + support.MINUTE, "2"),
                    quote(START, "1", "2", tick_id="1"),
                ],
            )
            support.refresh(conn)
        yield made


@pytest.fixture
def filled(url: str) -> Iterator[psycopg.Connection[Any]]:
    with support.connect(url) as conn:
        yield conn


@pytest.fixture
def reader(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Acts as stockpulse_reader, and has switched read-only off."""
    with support.as_role(url, "stockpulse_reader") as conn:
        conn.execute("set default_transaction_read_only = off")
        yield conn


@pytest.fixture
def loader(url: str) -> Iterator[psycopg.Connection[Any]]:
    with support.as_role(url, "stockpulse_loader") as conn:
        yield conn
