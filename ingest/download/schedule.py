"""The hours in which Dukascopy's markets are open, as pure functions of the instrument.

Currencies trade from Sunday 17:00 to Friday 17:00 in New York, 120 hours in every week; crypto
currencies always. The venue's own holidays and its first tick come on top.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

HOUR = timedelta(hours=1)
NEW_YORK = ZoneInfo("America/New_York")
TURN = 17  # o'clock in New York, when the week begins and ends
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6

FIAT = frozenset(
    {"AUD", "CAD", "CHF", "CNH", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY"}
    | {"MXN", "NOK", "NZD", "PLN", "RON", "RUB", "SEK", "SGD", "THB", "TRY", "USD", "ZAR"}
)
METALS = frozenset(("XAG", "XAU"))
CLASSES = {"IDX": "index", "CMD": "commodity"}  # by the suffix of the base; others are shares
WEEK, ALWAYS = "FX", "24/7"  # names in market.sessions


class Range(msgspec.Struct, frozen=True):
    """A stretch of time, [since, until)."""

    since: datetime
    until: datetime


class Schedule(msgspec.Struct, frozen=True):
    """When an instrument trades."""

    calendar: str = ALWAYS
    holidays: tuple[Range, ...] = ()
    first_tick: datetime | None = None

    def hours(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """Yields the start of each hour of [since, until) to be asked for, holidays included.

        Whole hours: the one of `since` and the one that `until` cuts are among them.
        """
        hour = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        while hour < until:
            if self._is_in_week(hour) and not self._is_before_history(hour):
                yield hour
            hour += HOUR

    def is_open(self, hour: datetime) -> bool:
        """Returns whether ticks are to be expected of the hour that begins at `hour`."""
        return (
            self._is_in_week(hour)
            and not self._is_before_history(hour)
            and not any(
                holiday.since <= hour and hour + HOUR <= holiday.until for holiday in self.holidays
            )
        )

    def _is_in_week(self, hour: datetime) -> bool:
        return self.calendar == ALWAYS or in_week(hour)

    def _is_before_history(self, hour: datetime) -> bool:
        return self.first_tick is not None and hour + HOUR <= self.first_tick


def in_week(hour: datetime) -> bool:
    """Returns whether the hour that begins at `hour` lies in the week of currencies."""
    local = hour.astimezone(NEW_YORK)
    day = local.weekday()
    if day == SUNDAY:
        return local.hour >= TURN
    if day == FRIDAY:
        return local.hour < TURN
    return day != SATURDAY


def calendar_of(code: str) -> str:
    """Returns the calendar of an instrument by its code: FX or 24/7.

    An unknown base is taken for a crypto currency: nothing is left out for a wrong guess.
    """
    return ALWAYS if asset_class(code) == "crypto" else WEEK


def asset_class(code: str) -> str:
    """Returns the class of an instrument by its code: USA500.IDX/USD is an index."""
    base, _, quote = code.partition("/")
    _, dot, suffix = base.partition(".")
    if dot:
        return CLASSES.get(suffix, "equity")
    if base in METALS:
        return "commodity"
    return "fx" if {base, quote} <= FIAT else "crypto"
