"""Reads one field of a message: checked, exact, or Unfit with the field's name."""

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Context, Decimal, InvalidOperation
from math import floor
from typing import Any

import msgspec

from ingest.formats.tick import (
    EPOCH_UNIX_SECONDS,
    LARGEST_NUMBER,
    LONGEST_ID,
    LONGEST_NAME,
    MOST_DECIMALS,
)

# Room for a sum of two numbers at their limits; anything inexact is an error.
EXACT = Context(prec=60, traps=[InvalidOperation])
FLOORED = Context(prec=60, rounding=ROUND_FLOOR)

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# Below which magnitude Unix time is in s, ms, us or ns, and the power of ten that makes it us.
UNITS = ((10**11, 6), (10**14, 3), (10**17, 0), (10**20, -3))

Message = dict[str, Any]


class Unfit(Exception):
    """A field is not what it has to be."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def name(message: Message, key: str) -> str:
    """Returns a symbol or source: printable, 1 to 64 characters, trimmed."""
    text = message.get(key)
    if text is None:
        raise Unfit(f"no {key}", f"{key} is missing")
    if not isinstance(text, str):
        raise Unfit("wrong type", f"{key} is {shown(text)}, not a text")
    text = text.strip()
    if not text:
        raise Unfit(f"no {key}", f"{key} is empty")
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise Unfit(f"bad {key}", f"{key} is {shown(text)}")
    return text


def identity(message: Message, key: str) -> str | None:
    """Returns a tick's id, None where there is none."""
    value = message.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Unfit("wrong type", f"{key} is {shown(value)}, not a text")
    if len(value) > LONGEST_ID or not value.isprintable():
        raise Unfit(f"bad {key}", f"{key} is {shown(value)}")
    return value


def sequence(message: Message, key: str) -> int | None:
    """Returns the number that orders ticks of one time, None where there is none."""
    value = message.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unfit("wrong type", f"{key} is {shown(value)}, not a whole number")
    return value


def flags(message: Message) -> list[str]:
    """Returns the flags of a native message."""
    value = message.get("flags") or []
    if not isinstance(value, list):
        raise Unfit("wrong type", f"flags is {shown(value)}, not a list")
    return value


def price(message: Message, key: str) -> Decimal:
    """Returns a number above zero."""
    value = _number(message, key)
    if value is None:
        raise Unfit(f"no {key}", f"{key} is missing")
    if value <= 0:
        raise Unfit(f"bad {key}", f"{key} is {shown(message[key])}, not above zero")
    return value


def size(message: Message, key: str) -> Decimal | None:
    """Returns a number of at least zero, None where there is none."""
    value = _number(message, key)
    if value is not None and value < 0:
        raise Unfit(f"bad {key}", f"{key} is {shown(message[key])}, below zero")
    return value


def _number(message: Message, key: str) -> Decimal | None:
    value = message.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise Unfit("wrong type", f"{key} is {shown(value)}, not a number")
    if isinstance(value, Decimal) and len(text := str(value)) <= MOST_DECIMALS and "E" not in text:
        return value  # as JSON has it, so finite, and too short to pass any limit
    try:
        number = EXACT.create_decimal(value) if _is_short(value) else None
    except ArithmeticError:
        raise Unfit("bad number", f"{key} is {shown(value)}, not a number") from None
    if number is None or not number.is_finite() or number.copy_abs() >= LARGEST_NUMBER:
        raise Unfit("number out of range", f"{key} is {shown(value)}")
    if _decimals(number) > MOST_DECIMALS:
        raise Unfit("number out of range", f"{key} is {shown(value)}, with too many decimals")
    return number


def _is_short(value: int | Decimal | str) -> bool:
    """Tells whether a number can be read exactly at all; `_` and blanks are not JSON's."""
    if isinstance(value, int):
        return abs(value) < LARGEST_NUMBER
    if isinstance(value, Decimal):
        return len(value.as_tuple().digits) <= EXACT.prec
    if not value.isascii() or "_" in value or value != value.strip():
        raise ArithmeticError
    return len(value) <= EXACT.prec


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return -exponent


def time(message: Message, key: str) -> int:
    """Returns a time in microseconds since 2000-01-01 UTC, floored.

    Takes ISO 8601 with `T` or a blank, UTC where it names no zone, and Unix time as a number or
    its text, in seconds, milli-, micro- or nanoseconds by its magnitude.
    """
    value = message.get(key)
    if value is None:
        raise Unfit("no time", f"{key} is missing")
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise Unfit("wrong type", f"{key} is {shown(value)}, not a time")
    try:
        return _unix(value) if not isinstance(value, str) else _text_time(value)
    except (ValueError, ArithmeticError):
        raise Unfit("bad time", f"{key} is {shown(value)}") from None


def _text_time(text: str) -> int:
    text = text.strip()
    if text.replace(".", "", 1).lstrip("-").isdecimal():
        return _unix(Decimal(text))
    # fromisoformat() cuts what is below a microsecond, which is the floor that is wanted
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // MICROSECOND


def _unix(value: int | Decimal) -> int:
    magnitude = value.copy_abs() if isinstance(value, Decimal) else abs(value)
    for limit, power in UNITS:
        if magnitude < limit:
            return _scaled(value, power) - EPOCH_UNIX_SECONDS * 10**6
    raise ValueError(value)


def _scaled(value: int | Decimal, power: int) -> int:
    if isinstance(value, int) and power >= 0:
        return int(value * 10**power)
    return floor(FLOORED.scaleb(Decimal(value), power))


def digest(parts: list[Any]) -> str:
    """Returns a short stable hash of JSON values."""
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=12).hexdigest()


def shown(value: object) -> str:
    """Returns a value as a line of printable text, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
