"""One field of a JSON message: read exactly, checked, or Malformed with the field's name."""

from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Context, Decimal, InvalidOperation
from math import floor
from typing import Any

from ingest.formats.tick import LARGEST_NUMBER, LONGEST_ID, LONGEST_NAME, MOST_DECIMALS
from ingest.formats.times import EPOCH, MICROSECOND

# Room for a sum of two numbers at their limits; anything inexact is an error.
EXACT = Context(prec=60, traps=[InvalidOperation])
FLOORED = Context(prec=60, rounding=ROUND_FLOOR)

EPOCH_UNIX_US = int(EPOCH.timestamp()) * 10**6
# The magnitude below which Unix time is in s, ms, us or ns, and the power of ten that makes it us.
UNITS = ((10**11, 6), (10**14, 3), (10**17, 0), (10**20, -3))

Payload = dict[str, Any]  # a message's JSON object; numbers with a point come as Decimal


class Malformed(Exception):
    """A message of a known format has a field that cannot be used."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def name(payload: Payload, key: str) -> str:
    """Returns a symbol or source: printable, trimmed, 1 to 64 characters."""
    text = payload.get(key)
    if text is None:
        raise Malformed(f"no {key}", f"{key} is missing")
    if not isinstance(text, str):
        raise Malformed("wrong type", f"{key} is {shown(text)}, not a string")
    text = text.strip()
    if not text:
        raise Malformed(f"no {key}", f"{key} is empty")
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise Malformed(f"bad {key}", f"{key} is {shown(text)}")
    return text


def identity(payload: Payload, key: str) -> str | None:
    """Returns an id as text, None if the message has none."""
    value = payload.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Malformed("wrong type", f"{key} is {shown(value)}, not a string")
    if len(value) > LONGEST_ID or not value.isprintable():
        raise Malformed(f"bad {key}", f"{key} is {shown(value)}")
    return value


def integer(payload: Payload, key: str) -> int | None:
    """Returns an integer, None if the message has none."""
    value = payload.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed("wrong type", f"{key} is {shown(value)}, not an integer")
    return value


def price(payload: Payload, key: str) -> Decimal:
    """Returns a number above zero."""
    value = _number(payload, key)
    if value is None:
        raise Malformed(f"no {key}", f"{key} is missing")
    if value <= 0:
        raise Malformed(f"bad {key}", f"{key} is {shown(payload[key])}, not above zero")
    return value


def size(payload: Payload, key: str) -> Decimal | None:
    """Returns a number of at least zero, None if the message has none."""
    value = _number(payload, key)
    if value is not None and value < 0:
        raise Malformed(f"bad {key}", f"{key} is {shown(payload[key])}, below zero")
    return value


def _number(payload: Payload, key: str) -> Decimal | None:
    value = payload.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise Malformed("wrong type", f"{key} is {shown(value)}, not a number")
    if isinstance(value, Decimal) and len(text := str(value)) <= MOST_DECIMALS and "E" not in text:
        return value  # from JSON, so finite, and too short to exceed any limit
    if isinstance(value, str) and not _is_spelt_as_json(value):
        raise Malformed("bad number", f"{key} is {shown(value)}, not a number")
    try:
        number = EXACT.create_decimal(value) if _is_short(value) else None
    except ArithmeticError:
        raise Malformed("bad number", f"{key} is {shown(value)}, not a number") from None
    if number is None or not number.is_finite() or number.copy_abs() >= LARGEST_NUMBER:
        raise Malformed("number out of range", f"{key} is {shown(value)}")
    if _decimals(number) > MOST_DECIMALS:
        raise Malformed("number out of range", f"{key} is {shown(value)}, with too many decimals")
    return number


def _is_spelt_as_json(text: str) -> bool:
    """Rules out blanks, `_` and digits of other scripts, which Decimal takes."""
    return text.isascii() and "_" not in text and text == text.strip()


def _is_short(value: int | Decimal | str) -> bool:
    """Returns whether a number is short enough to be read exactly."""
    if isinstance(value, int):
        return abs(value) < LARGEST_NUMBER
    if isinstance(value, Decimal):
        return len(value.as_tuple().digits) <= EXACT.prec
    return len(value) <= EXACT.prec


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return -exponent


def time(payload: Payload, key: str) -> int:
    """Returns a time in microseconds since 2000-01-01 UTC, floored.

    Takes ISO 8601 with `T` or a blank, as UTC if it names no zone, and Unix time as a number or its
    text, in seconds, milli-, micro- or nanoseconds by its magnitude.
    """
    value = payload.get(key)
    if value is None:
        raise Malformed("no time", f"{key} is missing")
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise Malformed("wrong type", f"{key} is {shown(value)}, not a time")
    try:
        return _unix_time(value) if not isinstance(value, str) else _text_time(value)
    except (ValueError, ArithmeticError):
        raise Malformed("bad time", f"{key} is {shown(value)}") from None


def _text_time(text: str) -> int:
    text = text.strip()
    if text.replace(".", "", 1).lstrip("-").isdecimal():
        return _unix_time(Decimal(text))
    # fromisoformat() cuts off anything below a microsecond, which floors the time
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // MICROSECOND


def _unix_time(value: int | Decimal) -> int:
    magnitude = value.copy_abs() if isinstance(value, Decimal) else abs(value)
    for limit, power in UNITS:
        if magnitude < limit:
            return _scaled(value, power) - EPOCH_UNIX_US
    raise ValueError(value)


def _scaled(value: int | Decimal, power: int) -> int:
    if isinstance(value, int) and power >= 0:
        return int(value * 10**power)
    return floor(FLOORED.scaleb(Decimal(value), power))


def shown(value: object) -> str:
    """Returns a value as one line of printable text of at most 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
