"""Days in UTC: their bounds, and from when on one counts as closed."""

from datetime import UTC, date, datetime, time, timedelta

from db.errors import UsageError

DAY = timedelta(days=1)
LATE = timedelta(hours=6)  # for events that come after their day is over; later ones change it
EPOCH = date(1970, 1, 1)  # Iceberg's partitions are numbers of days since then


def bounds(day: date) -> tuple[datetime, datetime]:
    """Returns the first moment of a day and that of the next one."""
    start = datetime.combine(day, time(), UTC)
    return start, start + DAY


def newest_closed(now: datetime) -> date:
    """Returns the newest day that is over, and past the time in which late events come."""
    return (now.astimezone(UTC) - LATE).date() - DAY


def check_over(day: date, now: datetime) -> None:
    """Raises UsageError if a day is not over yet."""
    if bounds(day)[1] > now:
        raise UsageError(f"{day} is not over yet: days are archived once they are, in UTC")


def parse(text: str) -> date:
    """Returns a day that is written like 2026-02-27; raises UsageError if it is not."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a day like 2026-02-27") from error
    if str(day) != text or not date.min < day < date.max:  # whose neighbours are no dates
        raise UsageError(f"{text!r} is not a day like 2026-02-27")
    return day
