"""Trading days of currencies: from 17:00 of the day before to 17:00 in New York, Monday to Friday.

The hours and holidays are those of Dukascopy's EUR/USD, in its own schedule.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
TURN = time(17)  # one day ends and the next begins
CHRISTMAS_CLOSE = time(3)
SATURDAY = 5
A_DAY = timedelta(days=1)


class Session(NamedTuple):
    """A trading day; opening and closing times are in UTC."""

    session_date: date
    open_at: datetime
    close_at: datetime


def sessions(since: date, until: date) -> list[Session]:
    """Returns the trading days with since <= session_date < until."""
    days = (since + n * A_DAY for n in range((until - since).days))
    return [_session(day) for day in days if day.weekday() < SATURDAY and not _is_new_year(day)]


def _session(day: date) -> Session:
    close = CHRISTMAS_CLOSE if (day.month, day.day) == (12, 25) else TURN
    return Session(day, _utc(day - A_DAY, TURN), _utc(day, close))


def _is_new_year(day: date) -> bool:
    return (day.month, day.day) == (1, 1)


def _utc(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, NEW_YORK).astimezone(UTC)
