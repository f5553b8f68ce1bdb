"""A server on this machine that gives the candles of venues."""

from collections.abc import Iterator

import pytest

from tests.fakes.klines import KlinesVenue, klines_venue


@pytest.fixture
def venue() -> Iterator[KlinesVenue]:
    with klines_venue() as started:
        yield started
