"""Times in every accepted spelling, floored to the nanosecond and never rounded."""

import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Context, Decimal
from typing import NamedTuple

from ingest.formats.times import EPOCH, MICROSECOND

EPOCH_UNIX_NS = int(EPOCH.timestamp()) * 10**9
# The magnitude below which Unix time is in s, ms, us or ns, and the power of ten that makes it ns.
UNITS = ((10**11, 9), (10**14, 6), (10**17, 3), (10**20, 0))
FLOORED = Context(prec=60, rounding=ROUND_FLOOR)

ISO = re.compile(
    r"(\d{4})(?:-(\d\d)-(\d\d)|(\d\d)(\d\d)(?=T))"
    r"(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?"
    r"(?: ?(Z|UTC|GMT|([+-])(\d\d)(?::?(\d\d))?))?",
    re.ASCII,
)
UNIX = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)
# yyyymmdd, with hours, minutes, seconds and fractions: as Unix time, years that nobody means.
WRITTEN_DATE = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"(?:(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\d{3}){0,3})?)?",
    re.ASCII,
)


class Moment(NamedTuple):
    """Microseconds since 2000-01-01 UTC, and the nanoseconds below them."""

    us: int
    ns: int


def parse(value: int | Decimal | str) -> Moment:
    """Returns a time given as ISO 8601 or as Unix time.

    ISO 8601 has `T` or a blank, and is UTC if it names no zone; a leap second becomes the last
    nanosecond before midnight. Unix time is a number or its text, in seconds, milli-, micro- or
    nanoseconds by its magnitude. Raises ValueError or ArithmeticError.
    """
    if not isinstance(value, str):
        return _unix_time(value)
    text = value.strip()
    return _unix_time(Decimal(text)) if UNIX.fullmatch(text) else _iso_time(text)


def _unix_time(value: int | Decimal) -> Moment:
    if WRITTEN_DATE.fullmatch(str(value)):
        raise ValueError("a date written as digits, which is neither ISO 8601 nor Unix time")
    magnitude = value.copy_abs() if isinstance(value, Decimal) else abs(value)
    for limit, power in UNITS:
        if magnitude < limit:
            scaled = FLOORED.scaleb(Decimal(value), power)
            whole = int(scaled.to_integral_value(ROUND_FLOOR))
            return Moment(*divmod(whole - EPOCH_UNIX_NS, 1000))
    raise ValueError("beyond every unit of Unix time")


def _iso_time(text: str) -> Moment:
    matched = ISO.fullmatch(text.upper())
    if matched is None:
        raise ValueError("neither ISO 8601 nor Unix time")
    year, *dates, hour, minute, second, fraction, _, sign, hours, minutes = matched.groups()
    month, day = [date for date in dates if date is not None]
    is_leap = second == "60"
    moment = datetime(
        int(year), int(month), int(day), int(hour or 0), int(minute or 0),
        59 if is_leap else int(second or 0), tzinfo=UTC,
    )  # fmt: skip
    if sign:
        if int(hours) > 23 or int(minutes or 0) > 59:
            raise ValueError("no such zone")
        ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
        moment += ahead if sign == "-" else -ahead
    if is_leap and (moment.hour, moment.minute) != (23, 59):
        raise ValueError("a leap second that is not the last of a day in UTC")
    below = 999_999_999 if is_leap else int(f"{fraction or 0:0<9}"[:9])
    us, ns = divmod(below, 1000)
    return Moment((moment - EPOCH) // MICROSECOND + us, ns)
