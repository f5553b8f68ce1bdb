"""Loads the trading sessions of exchanges into market.sessions; `stockpulse calendars`.

They come from the library exchange_calendars, an optional dependency; those of currencies, which
trade at no exchange, from fx_calendar.py.
"""

import textwrap
import warnings
from datetime import date, timedelta

from db import connect, fx_calendar, sql
from db.errors import UsageError
from db.fx_calendar import Session

FX = "FX"
CALENDARS = (FX, "XNYS", "XLON", "24/7")
A_DAY = timedelta(days=1)


def load(database_url: str, calendar: str, since: date, until: date) -> int:
    """Replaces a calendar's sessions with since <= session_date < until; returns their number.

    Loading a range again takes over what the exchange has changed in the meantime. Raises
    UsageError for an empty range, an unknown calendar or a missing library; DatabaseAway or
    DatabaseRefused if the database cannot be reached or refuses.
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
        connect.connect(
            database_url, application_name="stockpulse calendars", role="stockpulse_owner"
        ) as conn,
        connect.translated(),
        conn.transaction(),
    ):
        conn.execute(sql.load("db", "delete_sessions"), values)
        conn.execute(sql.load("db", "insert_sessions"), values)
    return len(found)


def read(calendar: str, since: date, until: date) -> list[Session]:
    """Returns the sessions of a calendar, since <= session_date < until.

    Raises UsageError as load() does.
    """
    if since >= until:
        raise UsageError(f"since {since} is not before until {until}")
    if calendar == FX:
        return fx_calendar.sessions(since, until)
    return _read_library(calendar, since, until)


def _read_library(calendar: str, since: date, until: date) -> list[Session]:
    with warnings.catch_warnings():
        # pandas warns about the way the library uses it
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
            # the message may list thousands of dates
            text = textwrap.shorten(str(error), 200, placeholder=" ...")
            raise UsageError(f"calendar {calendar}: {text}") from error
        return [
            Session(day.date(), opens.to_pydatetime(), closes.to_pydatetime())
            for day, opens, closes in zip(
                schedule.index, schedule["open"], schedule["close"], strict=True
            )
        ]
