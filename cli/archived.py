"""Days that only the archive has: commands that would leave them out refuse."""

from collections.abc import Sequence
from typing import Any

from db.errors import UsageError


def refuse(found: Sequence[Any] | None) -> None:
    """Raises UsageError if days were found: a relation, and from when to before when they are."""
    if found is not None:
        relation, first, end = found
        raise UsageError(
            f"{relation} of {first:%Y-%m-%d} to before {end:%Y-%m-%d} are in the archive alone:"
            f" stockpulse restore DAY brings a day back; for what is here: --since {end:%Y-%m-%d}"
        )
