"""Connections to a migrated database of the test's own."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.db import support


@pytest.fixture
def conn(fresh_database: str) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection that commits every statement."""
    with support.connect(fresh_database) as connection:
        yield connection
