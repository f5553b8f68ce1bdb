"""Refusals of answers that lack days which only the archive has."""

from collections.abc import Sequence

from api.archived.days import Day, Range, stretches
from api.errors import ArchivedOnly

MOST_SPANS = 3  # named in an error


def refusal(days: list[Day], instead: str = "ask for JSON, which leaves them out") -> ArchivedOnly:
    """Returns the error that names days which only the archive has."""
    return refusal_of(stretches(days), instead)


def refusal_of(lacking: Sequence[Range], instead: str) -> ArchivedOnly:
    """Returns the error that names stretches of days, and says what else can be done."""
    spans = ", ".join(f"{one.start:%Y-%m-%d} to {one.end:%Y-%m-%d}" for one in lacking[:MOST_SPANS])
    return ArchivedOnly(
        f"Only the archive has {spans} (end exclusive), and this answer cannot be made of it:"
        f" {instead}, or bring the days back with `stockpulse restore`."
    )
