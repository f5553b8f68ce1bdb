"""The state of an hour that follows from an answer, and when to ask again: a pure function.

An hour without ticks is believed at once if the market was closed, otherwise only after a week.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from ingest.sources.dukascopy_hours import HOUR, Quote

State = Literal[
    "planned",
    "done",
    "empty_expected",
    "empty_suspect",
    "empty_confirmed",
    "not_yet",
    "retry",
    "corrupt",
]

SUSPECT_AFTER = (
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
    timedelta(days=7),
)
APPEARS_WITHIN = timedelta(hours=3)  # of its end; hours usually appear after one or two
NOT_YET_AFTER = timedelta(minutes=15)
RETRY_AFTER = timedelta(minutes=15)  # doubled with each failure
LONGEST_RETRY = timedelta(hours=6)
REFETCHES = 1  # of a corrupt hour


class Ticks(msgspec.Struct, frozen=True):
    """An answer with ticks that pass all checks; none: the hour is empty."""

    quotes: list[Quote]


class Missing(msgspec.Struct, frozen=True):
    """An answer that the venue has no such hour."""


class Trouble(msgspec.Struct, frozen=True):
    """No answer, or one that says nothing about the hour."""

    reason: str


class Corrupt(msgspec.Struct, frozen=True):
    """An answer that is no hour of ticks."""

    reason: str


Found = Ticks | Missing | Trouble | Corrupt


class Standing(msgspec.Struct, frozen=True):
    """The state of an hour.

    `tries` counts the answers that led to it one after another, `empties` those without ticks since
    there were any; a failure in between changes nothing.
    """

    state: State = "planned"
    tries: int = 0
    empties: int = 0
    next_try_at: datetime | None = None  # None: it is settled

    @property
    def is_empty(self) -> bool:
        """Whether the hour has no ticks for certain."""
        return self.state in ("empty_expected", "empty_confirmed")


def follow(
    found: Found, before: Standing, hour: datetime, is_open: bool, now: datetime
) -> Standing:
    """Returns what follows from an answer for the hour that begins at `hour`.

    `is_open` is whether ticks are to be expected of it.
    """
    if isinstance(found, Ticks) and found.quotes:
        return Standing("done")
    if isinstance(found, Trouble):
        tries = _tries("retry", before)
        after = min(RETRY_AFTER * 2 ** min(tries - 1, 10), LONGEST_RETRY)
        return Standing("retry", tries, before.empties, now + after)
    if isinstance(found, Corrupt):
        tries = _tries("corrupt", before)
        again = now if tries <= REFETCHES else None
        return Standing("corrupt", tries, before.empties, again)
    if not is_open:
        return Standing("empty_expected")
    if isinstance(found, Missing) and now < hour + HOUR + APPEARS_WITHIN:
        return Standing("not_yet", _tries("not_yet", before), 0, now + NOT_YET_AFTER)
    empties = before.empties + 1
    if empties > len(SUSPECT_AFTER):
        return Standing("empty_confirmed", 0, empties)
    again = now + SUSPECT_AFTER[empties - 1]
    return Standing("empty_suspect", empties, empties, again)


def _tries(state: State, before: Standing) -> int:
    return before.tries + 1 if before.state == state else 1
