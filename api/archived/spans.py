"""Times of a page, and the days of it in growing numbers."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from api.archived.days import Day

MICROSECOND = timedelta(microseconds=1)
FIRST = datetime(1, 1, 1, tzinfo=UTC)  # in place of an open edge
LAST = datetime(9999, 12, 31, tzinfo=UTC)
MOST_DAYS = 64  # read at once


def growing(days: Sequence[Day]) -> Iterator[list[Day]]:
    """Yields 1, 2, 4 ... days: few are opened in vain, and a long history takes few queries."""
    rest, most = iter(days), 1
    while some := list(islice(rest, most)):
        yield some
        most = min(2 * most, MOST_DAYS)
