"""One field of a JSON message: read exactly, checked, or Malformed with the field's name."""

from collections.abc import Mapping
from contextlib import suppress
from decimal import Context, Decimal, Inexact, InvalidOperation
from hashlib import blake2b
from typing import Any

from ingest.formats import moments
from ingest.formats.events import (
    LARGEST_NUMBER,
    LARGEST_SEQUENCE,
    LONGEST_ID,
    LONGEST_NAME,
    LONGEST_SYMBOL,
    MOST_CONDITIONS,
    MOST_DECIMALS,
    Side,
)
from ingest.formats.moments import Moment
from ingest.formats.times import US_LIMIT

# Room for every number within its limits; anything inexact is an error.
EXACT = Context(prec=LARGEST_NUMBER.adjusted() + MOST_DECIMALS, traps=[InvalidOperation, Inexact])
SHORT = 20  # characters of a number from JSON that is within every limit
HOLES = ("", "nan", "null", "none", "n/a")  # texts that writers have for a size they do not know
SIDES: Mapping[str, Side] = {"buy": "buy", "b": "buy", "sell": "sell", "s": "sell"}

Payload = dict[str, Any]  # a message's JSON object; numbers with a point come as Decimal


class Malformed(Exception):
    """A message of a known format has a field that cannot be used."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def symbol(payload: Payload, key: str, venue: str = "") -> str:
    """Returns a symbol behind its venue, if one is given: printable, trimmed, 1 to 128 characters.

    A venue is a prefix like `KRAKEN:`; it counts.
    """
    value = payload.get(key)
    if _is_number(value):
        raise Malformed(
            f"bad {key}", f'{key} is {shown(value)}, a number: send it as a text, "{value}"'[:200]
        )
    return venue + _name(value, key, LONGEST_SYMBOL - len(venue))


def source(payload: Payload, key: str) -> str:
    """Returns a source in lower case: printable, trimmed, 1 to 64 characters."""
    value = payload.get(key)
    # Some characters become two in lower case.
    return _name(value.lower() if isinstance(value, str) else value, key, LONGEST_NAME)


def _name(value: object, key: str, longest: int) -> str:
    if value is None:
        raise Malformed(f"no {key}", f"{key} is missing")
    if not isinstance(value, str):
        raise Malformed("wrong type", f"{key} is {shown(value)}, not a string")
    text = value.strip()
    if not text:
        raise Malformed(f"no {key}", f"{key} is empty")
    if len(text) > longest:
        raise Malformed(f"bad {key}", f"{key} is {shown(text)}, of more than {longest} characters")
    if not text.isprintable():
        raise Malformed(f"bad {key}", f"{key} is {shown(text)}, with characters not to be printed")
    return text


def label(payload: Payload, key: str) -> str | None:
    """Returns a short text or number as text, an exchange or a tape; None if there is none."""
    value = payload.get(key)
    return None if value is None or value == "" else _label(value, key)


def conditions(payload: Payload, key: str) -> tuple[str, ...]:
    """Returns a list of short texts, as they are with their blanks; a single text is a list too."""
    value = payload.get(key)
    if value is None:
        return ()
    values = value if isinstance(value, list) else [value]
    if len(values) > MOST_CONDITIONS:
        raise Malformed(f"bad {key}", f"{key} has {len(values)} items, more than {MOST_CONDITIONS}")
    return tuple(_label(one, key) for one in values)


def _label(value: object, key: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Malformed("wrong type", f"{key} is or has {shown(value)}, not a string")
    if len(value) > LONGEST_NAME or not value.isprintable():
        raise Malformed(f"bad {key}", f"{key} is or has {shown(value)}")
    return value


def side(payload: Payload, key: str) -> Side | None:
    """Returns the side of the taker, None if there is none."""
    value = payload.get(key)
    if value is None or value == "":
        return None
    known = SIDES.get(value.lower()) if isinstance(value, str) else None
    if known is None:
        raise Malformed(f"bad {key}", f"{key} is {shown(value)}, neither buy nor sell")
    return known


def identity(payload: Payload, key: str) -> str | None:
    """Returns an id as text, None if the message has none; of a very long one its hash."""
    value = payload.get(key)
    return None if value is None or value == "" else _identity(value, key)


def required_identity(payload: Payload, key: str) -> str:
    """Returns an id as text."""
    value = identity(payload, key)
    if value is None:
        raise Malformed(f"no {key}", f"{key} is missing")
    return value


def identities(payload: Payload, key: str) -> tuple[str, ...]:
    """Returns a list of ids; a single id is a list too."""
    value = payload.get(key)
    values = value if isinstance(value, list) else [value]
    return tuple(_identity(one, key) for one in values if one is not None and one != "")


def _identity(value: object, key: str) -> str:
    whole = _whole(value)
    text = value if whole is None else str(whole)
    if not isinstance(text, str):
        raise Malformed("wrong type", f"{key} is {shown(value)}, not a string")
    if not text.isprintable():
        raise Malformed(f"bad {key}", f"{key} is {shown(value)}")
    return short_identity(text)


def short_identity(text: str) -> str:
    """Returns an id as it is stored: of a very long one its hash."""
    encoded = text.encode()
    if len(encoded) > LONGEST_ID:
        return f"blake2b:{blake2b(encoded, digest_size=32).hexdigest()}"
    return text


def sequence(payload: Payload, key: str) -> int | None:
    """Returns a whole number from 0 to LARGEST_SEQUENCE, None if the message has none."""
    number = whole_number(payload, key)
    if number is not None and not 0 <= number <= LARGEST_SEQUENCE:
        limits = f"from 0 to {LARGEST_SEQUENCE}"
        raise Malformed(f"bad {key}", f"{key} is {shown(payload[key])}, not {limits}")
    return number


def whole_number(payload: Payload, key: str) -> int | None:
    """Returns a whole number, which may be a text or 77001.0; None if the message has none."""
    value = payload.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, str) and _is_spelt_as_json(value):
        with suppress(ArithmeticError):
            value = EXACT.create_decimal(value)
    number = _whole(value)
    if number is None:
        raise Malformed("wrong type", f"{key} is {shown(payload[key])}, not a whole number")
    return number


def _whole(value: object) -> int | None:
    """Returns a number without a fraction as an int."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < EXACT.prec:
        whole = value.to_integral_value()
        return int(whole) if whole == value else None
    return None


def price(payload: Payload, key: str) -> Decimal:
    """Returns a number, which may be zero or below."""
    value = optional_price(payload, key)
    if value is None:
        raise Malformed(f"no {key}", f"{key} is missing")
    return value


def optional_price(payload: Payload, key: str) -> Decimal | None:
    """Returns a number, None if the message has none: a text without any character is none."""
    return None if payload.get(key) == "" else _number(payload, key)


def size(payload: Payload, key: str) -> Decimal | None:
    """Returns a number of at least zero, None if the message has none: "" and NaN are none."""
    value = payload.get(key)
    if isinstance(value, Decimal) and value.is_nan():
        return None
    if isinstance(value, str) and value.strip().lower() in HOLES:
        return None
    number = _number(payload, key)
    if number is not None and number < 0:
        raise Malformed(
            f"bad {key}", f"{key} is {shown(value)}, below zero: a sale has the side sell"
        )
    return number


def _number(payload: Payload, key: str) -> Decimal | None:
    value = payload.get(key)
    if value is None:
        return None
    if not _is_number(value) and not isinstance(value, str):
        raise Malformed("wrong type", f"{key} is {shown(value)}, not a number")
    if isinstance(value, Decimal) and value.is_finite() and _is_surely_in_range(str(value)):
        return value
    if isinstance(value, str) and not _is_spelt_as_json(value):
        raise Malformed("bad number", f"{key} is {shown(value)}, not a number")
    try:
        number = EXACT.create_decimal(value) if _is_short(value) else None
    except Inexact:
        number = None
    except ArithmeticError:
        raise Malformed("bad number", f"{key} is {shown(value)}, not a number") from None
    if number is None or not number.is_finite() or number.copy_abs() >= LARGEST_NUMBER:
        raise Malformed("number out of range", f"{key} is {shown(value)}")
    if _decimals(number) > MOST_DECIMALS:
        raise Malformed("number out of range", f"{key} is {shown(value)}, with too many decimals")
    return number


def _is_surely_in_range(text: str) -> bool:
    return len(text) <= SHORT and "E" not in text


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_spelt_as_json(text: str) -> bool:
    """Rules out blanks, `_` and digits of other scripts, which Decimal takes."""
    return text.isascii() and "_" not in text and text == text.strip()


def _is_short(value: int | Decimal | str) -> bool:
    """Returns whether a number is short enough to be read exactly."""
    if isinstance(value, int):
        return abs(value) < LARGEST_NUMBER
    if isinstance(value, Decimal):
        return len(value.as_tuple().digits) <= EXACT.prec
    return len(value) <= EXACT.prec + 2  # a sign and a point


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return -exponent


def time(payload: Payload, key: str) -> Moment:
    """Returns a time as moments.parse() reads it, between 2000 and 2070."""
    value = payload.get(key)
    if value is None:
        raise Malformed("no time", f"{key} is missing")
    if not _is_number(value) and not isinstance(value, str):
        raise Malformed("wrong type", f"{key} is {shown(value)}, not a time")
    try:
        moment = moments.parse(value)
    except (ValueError, ArithmeticError) as error:
        why = f", {error}" if type(error) is ValueError else ""
        raise Malformed("bad time", f"{key} is {shown(value)}{why}"[:200]) from None
    if not 0 <= moment.us < US_LIMIT:
        detail = f"{key} is {shown(value)}, before 2000 or after 2070"
        raise Malformed("time out of range", detail)
    return moment


def optional_time(payload: Payload, key: str) -> int | None:
    """Returns a time in microseconds since 2000-01-01 UTC, None if the message has none."""
    return None if payload.get(key) in (None, "") else time(payload, key).us


def shown(value: object) -> str:
    """Returns a value as one line of printable text of at most 80 characters."""
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
