"""Times as text: UTC, RFC 3339 with microseconds, so that text order is time order."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL's: ticks count microseconds from here
_NAIVE_EPOCH = EPOCH.replace(tzinfo=None)
MICROSECOND = timedelta(microseconds=1)
OLDEST = "2000-01-01T00:00:00.000000Z"
US_LIMIT = 1 << 51  # a time in 2071

TIME_SHAPE = "2026-02-27T12:05:00.123456Z"
TIME_LENGTH = len(TIME_SHAPE)
SECOND_LENGTH = len("2026-02-27T12:05:00")
MINUTE_LENGTH = len("2026-02-27T12:05")

SECONDS_REMEMBERED = 20_000  # as many as a batch of sparse history may hold


def rfc3339(moment: datetime) -> str:
    """Returns an aware time as UTC with microseconds: 2026-02-27T12:05:00.123456Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"  # for +00:00


def time_text(us: int) -> str:
    """Returns a time given in microseconds since 2000-01-01 UTC as rfc3339() does."""
    return (_NAIVE_EPOCH + timedelta(microseconds=us)).isoformat(timespec="microseconds") + "Z"


@lru_cache(SECONDS_REMEMBERED)
def second_us(second: str) -> int:
    """Returns the microseconds from 2000-01-01 UTC to a second like 2026-02-27T12:05:00.

    Raises ValueError for any other spelling.
    """
    moment = datetime.fromisoformat(second)
    if moment.isoformat() != second:  # fromisoformat() also reads 2026-W09-5 and the like
        raise ValueError(second)
    return (moment.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
