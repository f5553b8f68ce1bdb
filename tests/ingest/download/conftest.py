"""The fake venue, and the time of a test."""

from collections.abc import Iterator

import pytest

from tests.fakes.dukascopy import FakeDukascopy, serving
from tests.ingest.download.clocks import FakeTime


@pytest.fixture
def venue() -> FakeDukascopy:
    return FakeDukascopy()


@pytest.fixture
def address(venue) -> Iterator[str]:
    with serving(venue) as url:
        yield url


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()
