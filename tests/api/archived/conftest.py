"""An API with an archive beside its database; without the packages the tests are skipped."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.api.conftest import Serve

if TYPE_CHECKING:
    from tests.api.archived.archiving import Archiver


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """The directory of the archive."""
    return tmp_path / "warehouse"


@pytest.fixture
def archiver(fresh_database: str, warehouse: Path) -> "Archiver":
    """Archives days of the database of `api`, and drops them from it."""
    from tests.api.archived.archiving import Archiver  # with packages that may be missing

    return Archiver(fresh_database, warehouse)


@pytest.fixture
def api(serve: Serve, warehouse: Path) -> httpx.Client:
    """A client of an API that reads the archive."""
    return serve(warehouse=str(warehouse))


Pages = Callable[..., list[str]]


@pytest.fixture
def pages(api: httpx.Client) -> Pages:
    """All pages of a query, with `token` in place of each token."""

    def read(path: str, **asked: Any) -> list[str]:
        found, token = [], None
        while True:
            answer = api.get(path, params=asked | ({"page_token": token} if token else {}))
            assert answer.status_code == 200, answer.text
            token = answer.json()["next_page_token"]
            found.append(answer.text.replace(f'"{token}"', "token") if token else answer.text)
            if token is None:
                return found

    return read
