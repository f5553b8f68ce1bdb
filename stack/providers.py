"""Takes the first provider that works and names what was tried when none does.

A provider is a function that gives what it provides or raises Unavailable with the reason.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from db.errors import StockpulseError

Provided = TypeVar("Provided")
Say = Callable[[str], None]


class Unavailable(StockpulseError):
    """A provider cannot be had on this machine; the next one is tried."""


def first(what: str, providers: Iterable[tuple[str, Callable[[], Provided]]], say: Say) -> Provided:
    """Returns what the first working provider gives; raises StockpulseError naming all tried."""
    tried = []
    for name, provide in providers:
        try:
            return provide()
        except Unavailable as error:
            tried.append(f"{name}: {error}")
            say(f"{what}: passed over {tried[-1]}")
    raise StockpulseError(f"no {what} to be had; tried " + "; ".join(tried))


def silent(_line: str) -> None:
    """Says nothing."""
