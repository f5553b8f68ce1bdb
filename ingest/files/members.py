"""Members of a message's JSON: each distinct text of a column is read and checked once.

A row then costs a look-up per cell: `f"{prices[cell]}"` is `,"price":"64012.1"`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import msgspec

from ingest.formats.events import (
    LARGEST_NUMBER,
    LONGEST_ID,
    LONGEST_NAME,
    LONGEST_SYMBOL,
    MOST_DECIMALS,
    Kind,
)
from ingest.formats.fields import EXACT, HOLES, shown

MOST_REMEMBERED = 50_000  # texts of a column, so that memory stays flat
PLAIN = re.compile(r"[0-9]{1,20}(\.[0-9]{1,18})?")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
LONGEST_NUMBER = 200
BACKFILL = ',"flags":["backfill"]}'  # the end of a message

_encode = msgspec.json.Encoder().encode


class Members(dict[str, str]):
    """The members for each text of a column; made by `read` when one is first asked for."""

    def __init__(self, read: Callable[[str], str]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> str:
        return self.remember(text, self._read(text))

    def remember(self, text: str, found: str) -> str:
        """Returns what was found for a text, and keeps it for the next time."""
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[text] = found
        return found


def prices(key: str = "price") -> Members:
    """Returns the members of a price, which may be zero or below; raise ValueError if missing."""
    return Members(lambda text: f',"{key}":"{number(text, key)}"')


def sides_of_quotes(key: str) -> Members:
    """Returns the members of a bid or an ask, which may be missing."""
    return Members(lambda text: f',"{key}":"{number(text, key)}"' if text.strip() else "")


def sizes(key: str = "size") -> Members:
    """Returns the members of a size, which is zero or more, or missing."""

    def read(text: str) -> str:
        if text.strip().lower() in HOLES:
            return ""
        size = number(text, key)
        if size.startswith("-"):
            raise ValueError(f"{key} is {shown(text)}, below zero")
        return f',"{key}":"{size}"'

    return Members(read)


def needed_sizes(key: str = "size") -> Members:
    """Returns the members of a size that is never missing."""
    optional = sizes(key)

    def read(text: str) -> str:
        member = optional[text]
        if not member:
            raise ValueError(f"{key} is missing" if not text.strip() else f"{key} is {shown(text)}")
        return member

    return Members(read)


def words(key: str, known: Mapping[str, str], column: str = "") -> Members:
    """Returns the members of a column that has one of a few words; one that is "" gives none.

    `column` is its name, if that is not the key.
    """

    def read(text: str) -> str:
        word = known.get(text)
        if word is None:
            one_of = ", ".join(filter(None, known))
            raise ValueError(f"{column or key} is {shown(text)}, not one of {one_of}")
        return f',"{key}":"{word}"' if word else ""

    return Members(read)


def ids(key: str = "id") -> Members:
    """Returns ids as JSON texts."""

    def read(text: str) -> str:
        if not text or len(text) > LONGEST_ID or not text.isprintable():
            raise ValueError(f"{key} is {shown(text)}" if text else f"{key} is missing")
        return quoted(text)

    return Members(read)


def labels(key: str) -> Members:
    """Returns the members of a short text, an exchange or a tape; none if it is empty."""
    return Members(lambda text: f',"{key}":{quoted(label(text, key))}' if text else "")


def heads(source: str, kind: Kind, symbol_of: Callable[[str], str] = lambda text: text) -> Members:
    """Returns the beginnings of messages by the text of a symbol, up to the time's first digit.

    `symbol_of` makes the symbol of the text, or raises ValueError.
    """

    def read(text: str) -> str:
        name, symbol = quoted(label(source, "source")), quoted(symbol_of_cell(symbol_of(text)))
        return f'{{"v":1,"kind":"{kind}","source":{name},"symbol":{symbol},"event_time":"'

    return Members(read)


def symbol_of_cell(text: str) -> str:
    """Returns a symbol without blanks around it; raises ValueError."""
    symbol = text.strip()
    if not symbol or len(symbol) > LONGEST_SYMBOL or not symbol.isprintable():
        raise ValueError(f"symbol is {shown(text)}")
    return symbol


def label(text: str, key: str) -> str:
    """Returns a short printable text; raises ValueError."""
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise ValueError(f"{key} is {shown(text)}")
    return text


def number(text: str, key: str) -> str:
    """Returns a number in plain decimal notation: 0.00000001 for 1e-8; raises ValueError."""
    if PLAIN.fullmatch(text):
        return text
    cell = text.strip()
    if not NUMBER.fullmatch(cell) or len(cell) > LONGEST_NUMBER:
        why = "missing" if not cell else f"{shown(text)}, not a number"
        raise ValueError(f"{key} is {why}")
    exact = Decimal(cell)
    plain = format(exact, "f")
    # abs() would round.
    if exact.copy_abs() >= LARGEST_NUMBER or len(plain.partition(".")[2]) > MOST_DECIMALS:
        raise ValueError(f"{key} is {shown(text)}, out of range")
    return plain


def normal(text: str) -> str:
    """Returns 1.5 for 1.50 and 15e-1, as files differ in that; raises ValueError."""
    return format(Decimal(number(text, "number")).normalize(EXACT), "f")


def listed(texts: Sequence[str]) -> str:
    """Returns texts as a JSON list."""
    return _encode(texts).decode()


def quoted(text: str) -> str:
    """Returns a text as JSON."""
    return _encode(text).decode()
