"""The market of a test module, read by its tests and changed by none."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from stack.database import Database
from tests import support as databases
from tests.db import support


@pytest.fixture(scope="module", params=[False, True], ids=["from events", "from candles"])
def market(
    request: pytest.FixtureRequest, database: Database, template: str
) -> Iterator[psycopg.Connection[Any]]:
    """A database with what fill() of the module stores; candles computed at reading, or stored."""
    with databases.database_like(database.url, template) as url, support.connect(url) as conn:
        request.module.fill(conn)
        if request.param:
            support.refresh_all(conn)
        yield conn
