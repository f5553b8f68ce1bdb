"""A served API over a database of its own, requested over real HTTP."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from api.settings import ApiSettings
from stack.database import Database
from tests import support
from tests.api.serving import served
from tests.api.store import Store

# A test reads what it has just written; tests of the cache set its age.
UNCACHED = {"api_port": 0, "api_cache_ms": 0}

Serve = Callable[..., httpx.Client]


@pytest.fixture
def store(fresh_database: str) -> Store:
    """Writes ticks to the database of `api`."""
    return Store(fresh_database)


@pytest.fixture
def serve(fresh_database: str) -> Iterator[Serve]:
    """Starts one API per call, with the given settings, and returns a client of it."""
    with ExitStack() as started:
        yield lambda **changes: started.enter_context(
            served(ApiSettings(**{"database_url": fresh_database} | UNCACHED | changes))
        )


@pytest.fixture(scope="session")
def empty_api(database: Database, template: str) -> Iterator[httpx.Client]:
    """A client of an API over a database without data."""
    with (
        support.database_like(database.url, template) as url,
        served(ApiSettings(database_url=url, **UNCACHED)) as client,
    ):
        yield client


@pytest.fixture
def api(request: pytest.FixtureRequest) -> httpx.Client:
    """A client of an API over `fresh_database`; of a test that has no data, one that is shared."""
    if {"fresh_database", "serve"}.isdisjoint(request.fixturenames):
        shared: httpx.Client = request.getfixturevalue("empty_api")
        return shared
    own: httpx.Client = request.getfixturevalue("serve")()
    return own
