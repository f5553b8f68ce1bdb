"""Threads for stores that have to wait, and a reader of what they store."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.db import support


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def reader(fresh_database: str) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """Runs queries as stockpulse_reader."""
    with support.as_role(fresh_database, "stockpulse_reader") as conn:
        conn.execute("set time zone 'UTC'")
        yield lambda statement, values=None: conn.execute(statement, values).fetchall()
