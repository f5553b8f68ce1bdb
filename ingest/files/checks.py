"""Checks of a whole column, at a few nanoseconds per cell; ValueError does not say which is wrong.

What passes has the usual spelling, which a message has as it is.
"""

import re

NUMBERS = re.compile(r"(?:[0-9]{1,20}(?:\.[0-9]{1,18})?\n)++", re.ASCII)


def check_digits(cells: list[str]) -> None:
    """Raises ValueError unless each cell is a whole number."""
    joined = "".join(cells)
    if "" in cells or not joined.isdigit() or not joined.isascii():
        raise ValueError("digits")


def check_numbers(cells: list[str]) -> None:
    """Raises ValueError unless each cell has digits, and perhaps a point with digits behind it."""
    if not NUMBERS.fullmatch("\n".join(cells) + "\n"):
        raise ValueError("numbers")


def check_lengths(cells: list[str], length: int) -> None:
    """Raises ValueError unless all cells are of one length."""
    if set(map(len, cells)) != {length}:
        raise ValueError("lengths")
