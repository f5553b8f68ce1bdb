"""Times in parameters: RFC 3339, dates, and whole numbers since 1970.

The pattern stands in the OpenAPI document too: all that it allows is a time, nothing else is.
"""

import re
from datetime import UTC, datetime, timedelta

from api.errors import InvalidParameter

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)
# Nanoseconds in the unit of a number since 1970, by its number of digits.
UNITS = ((11, 10**9), (14, 10**6), (17, 10**3), (19, 1))

_LEAP = "0[48]|[2468][048]|[13579][26]"
DAY = (
    "(?:(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-"
    "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    f"|(?:[0-9]{{2}}(?:{_LEAP})|(?:{_LEAP})00)-02-29)"
)
_HOUR = "(?:[01][0-9]|2[0-3])"
_CLOCK = f"{_HOUR}:[0-5][0-9](?::[0-5][0-9](?:\\.[0-9]+)?)?"
# A space is a + that was not percent-encoded.
_ZONE = f"(?:[Zz]|[+\\- ]{_HOUR}:?[0-5][0-9])"
# Without those that are rather a year, a date or a clock: 2026, 20260227, 202602271200.
_NO_CENTURY = "(?:0[0-9]|1[0-8]|2[2-9]|[3-9][0-9])"
_DATE_DIGITS = "[0-9]{2}(?:[0-9]{4}|[0-9]{8}|[0-9]{10})?"  # after a century
_NUMBER = (
    "[0-9]{1,3}|[0-9]{5,7}|[0-9]{9,11}|[0-9]{13}|[0-9]{15,19}"
    f"|{_NO_CENTURY}{_DATE_DIGITS}"
)
PATTERN = f"^(?:{DAY}(?:[Tt ]{_CLOCK}{_ZONE})?|{_NUMBER})$"

_TIME = re.compile(PATTERN[:-1])
_WITHOUT_ZONE = re.compile(f"{DAY}[Tt ]{_CLOCK}")
_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ][0-9]{2}:[0-9]{2}.*)?")
_DATE_LIKE = re.compile(f"[0-9]{{2}}{_DATE_DIGITS}")
_PARTS = re.compile(r"(.{10})(?:.(.{5})(:..)?(?:\.([0-9]+))?(?:[Zz]|([+\- ]..):?(..)))?")

_BELOW_MICROSECOND = re.compile(r"\.[0-9]{6}([0-9]{1,3})([0-9]*)")


def parse_time(field: str, text: str, *, up: bool = False) -> datetime:
    """Returns the time in `text`, in UTC; raises InvalidParameter.

    `text` is RFC 3339 with a zone, a date for its UTC midnight, or a whole number since 1970: up to
    11 digits are seconds, up to 14 milliseconds, up to 17 microseconds, up to 19 nanoseconds. It is
    floored to the microsecond, with `up` rounded up. What an offset moves beyond the years 1 to
    9999 is their edge.
    """
    if not _TIME.fullmatch(text):
        raise InvalidParameter(field, _fault(text))
    try:
        return _of_number(text, up=up) if text.isdigit() else _of_text(text, up=up)
    except OverflowError:
        return FIRST if text.startswith("0001") else LAST


def parse_day(field: str, text: str) -> datetime:
    """Returns the UTC midnight of the date in `text`; raises InvalidParameter."""
    if not re.fullmatch(DAY, text):
        raise InvalidParameter(field, "must be a date like 2026-02-27")
    return parse_time(field, text)


def parse_moment(field: str, text: str) -> tuple[datetime, int]:
    """Returns a time to the microsecond, and the nanoseconds beyond it, rounded up."""
    moment = parse_time(field, text)
    if text.isdigit():
        return moment, int(text) % 1000 if len(text) > UNITS[-2][0] else 0
    if digits := _BELOW_MICROSECOND.search(text):
        return moment, int(digits[1].ljust(3, "0")) + bool(digits[2].strip("0"))
    return moment, 0


def _of_number(text: str, *, up: bool) -> datetime:
    unit = next(size for digits, size in UNITS if len(text) <= digits)
    return EPOCH + timedelta(microseconds=(int(text) * unit + 999 * up) // 1000)


def _of_text(text: str, *, up: bool) -> datetime:
    day, clock, second, digits, hours, rest = _PARTS.fullmatch(text).groups()  # type: ignore[union-attr]
    zone = f"{hours.replace(' ', '+')}:{rest}" if hours else "+00:00"
    whole = datetime.fromisoformat(f"{day}T{clock or '00:00'}{second or ':00'}{zone}")
    fraction = digits or ""
    micros = int(fraction[:6].ljust(6, "0")) + (up and bool(fraction[6:].strip("0")))
    return whole.astimezone(UTC) + timedelta(microseconds=micros)


def _fault(text: str) -> str:
    if _WITHOUT_ZONE.fullmatch(text):
        return f"has no zone: {text}Z is UTC, {text}-05:00 is five hours behind it"
    if _DATE_LIKE.fullmatch(text):
        day = f"{text[:4]}-{text[4:6] or '01'}-{text[6:8] or '01'}"
        clock = f"T{text[8:10]}:{text[10:12]}:{text[12:] or '00'}Z" if text[8:] else ""
        return f"looks like a date: write {day}{clock}"
    if _SHAPE.fullmatch(text):
        return "is not a time that exists, or its zone is not Z or an offset like -05:00"
    return (
        "must be a time like 2026-02-27T12:00:00Z, a date,"
        " or a whole number of s, ms, us or ns since 1970"
    )
