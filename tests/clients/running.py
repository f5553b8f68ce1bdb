"""Runs a script of a client against a served database, and returns what it printed as JSON."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from api.settings import ApiSettings
from tests.api.serving import served


def output_of(url: str, path: str, *command: str) -> dict[str, Any]:
    """Returns what the command prints, given the address of a path of the API over `url`."""
    with address_of(url) as base:
        done = subprocess.run(
            [*command, f"{base}{path}"], capture_output=True, text=True, timeout=120, check=False
        )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def address_of(url: str) -> Iterator[str]:
    """Serves the database and yields the address."""
    with served(ApiSettings(database_url=url, api_port=0)) as api:
        yield str(api.base_url).rstrip("/")


def rows(url: str, statement: str) -> list[list[Any]]:
    """Returns the rows of a statement, independent of the API."""
    with psycopg.connect(url, options="-c timezone=UTC") as conn:
        return [list(row) for row in conn.execute(statement)]  # type: ignore[arg-type]
