"""A served API over a database of the test's own, asked over real HTTP."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from api.settings import ApiSettings
from tests.api.serving import served
from tests.api.store import Store

Serve = Callable[..., httpx.Client]


@pytest.fixture
def store(fresh_database: str) -> Store:
    """Writes ticks into the database that `api` answers from."""
    return Store(fresh_database)


@pytest.fixture
def serve(fresh_database: str) -> Iterator[Serve]:
    """Starts an API with settings of the test's own, one a call; gives a client of it."""
    with ExitStack() as started:
        yield lambda **changes: started.enter_context(
            served(ApiSettings(**{"database_url": fresh_database, "api_port": 0} | changes))
        )


@pytest.fixture
def api(serve: Serve) -> httpx.Client:
    """A client of an API over `fresh_database`."""
    return serve()
