"""When exchanges are open, from the library exchange_calendars into market.sessions.

The library is an extra: without it nothing but this is missing.
"""

import textwrap
import warnings
from datetime import date, datetime, timedelta
from typing import NamedTuple

from db import connect, sql
from db.errors import UsageError

CALENDARS = ("XNYS", "XLON", "24/7")
A_DAY = timedelta(days=1)


class Session(NamedTuple):
    """A day of trading; opens and closes in UTC."""

    session_date: date
    open_at: datetime
    close_at: datetime


def load(database_url: str, calendar: str, since: date, until: date) -> int:
    """Replaces the sessions of a calendar, since <= session_date < until; returns how many it has.

    What an exchange has changed since, a day of mourning for one, is thereby put right.
    """
    found = read(calendar, since, until)
    values = {
        "calendar": calendar,
        "since": since,
        "until": until,
        "dates": [session.session_date for session in found],
        "opens": [session.open_at for session in found],
        "closes": [session.close_at for session in found],
    }
    with (
        connect.connect(database_url, application_name="stockpulse calendars") as conn,
        connect.translated(),
        conn.transaction(),
    ):
        conn.execute("set local role stockpulse_owner")
        conn.execute(sql.load("db", "delete_sessions"), values)
        conn.execute(sql.load("db", "insert_sessions"), values)
    return len(found)


def read(calendar: str, since: date, until: date) -> list[Session]:
    """Returns what the library knows of a calendar, since <= session_date < until."""
    if since >= until:
        raise UsageError(f"since {since} is not before until {until}")
    with warnings.catch_warnings():
        # of pandas, about what the library does with it: nothing that a person could mend
        warnings.simplefilter("ignore")
        try:
            import exchange_calendars as library
        except ImportError as error:
            raise UsageError(
                "the library exchange_calendars is missing: pip install 'stockpulse[calendars]'"
            ) from error
        try:
            schedule = library.get_calendar(
                calendar, start=since.isoformat(), end=(until - A_DAY).isoformat()
            ).schedule
        except library.errors.NoSessionsError:
            return []
        except (library.errors.CalendarError, ValueError) as error:
            # which may list thousands of dates
            text = textwrap.shorten(str(error), 200, placeholder=" ...")
            raise UsageError(f"calendar {calendar}: {text}") from error
        return [
            Session(day.date(), opens.to_pydatetime(), closes.to_pydatetime())
            for day, opens, closes in zip(
                schedule.index, schedule["open"], schedule["close"], strict=True
            )
        ]
