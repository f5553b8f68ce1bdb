"""A loader for the database under test."""

from collections.abc import Iterator

import pytest

from tests.api.stream.loading import Loader, loader


@pytest.fixture
def load(fresh_database: str) -> Iterator[Loader]:
    """Stores batches in the database of `api`."""
    with loader(fresh_database) as made:
        yield made
