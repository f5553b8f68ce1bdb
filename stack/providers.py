"""Uses the first provider that is available; if none is, the error names each one and its reason.

A provider is a function that returns a running server, or raises Unavailable with the reason.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from db.errors import StockpulseError

Provided = TypeVar("Provided")
Report = Callable[[str], None]  # called with each line of progress


class Unavailable(StockpulseError):
    """A provider does not work on this machine; the next one is tried."""


def first(
    name: str, providers: Iterable[tuple[str, Callable[[], Provided]]], report: Report
) -> Provided:
    """Returns the result of the first provider that is available.

    `name` is how messages name the server; `report` gets a line for each provider that is skipped.
    Raises StockpulseError if none is available.
    """
    skipped = []
    for provider, provide in providers:
        try:
            return provide()
        except Unavailable as error:
            skipped.append(f"{provider}: {error}")
            report(f"{name}: skipped {skipped[-1]}")
    raise StockpulseError(f"no {name} is available; tried " + "; ".join(skipped))


def silent(_line: str) -> None:
    """Ignores progress."""
