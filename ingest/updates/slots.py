"""The runs that are due, as a pure function of the time and of the runs that there were.

A slot is a moment of the UTC clock, computed and never counted: after downtime only the newest one
is due, and a clock that goes back finds the slots that it has run already.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

State = Literal["running", "done", "failed", "interrupted", "waiting"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # a Thursday
FIRST_RETRY = timedelta(minutes=5)  # doubled with each failure
LONGEST_RETRY = timedelta(hours=1)
WAITS = {"failed": LONGEST_RETRY, "waiting": timedelta(hours=25)}  # longest, by state


class Cadence(msgspec.Struct, frozen=True):
    """A kind of run that is repeated: `at` after the start of each period, counted from EPOCH."""

    kind: str
    every: timedelta
    at: timedelta

    def slot(self, now: datetime) -> datetime:
        """Returns the newest slot that is not after `now`."""
        periods = (now - EPOCH - self.at) // self.every
        return EPOCH + self.at + self.every * periods


class Past(msgspec.Struct, frozen=True):
    """The newest run of a kind.

    `failures` counts the runs that failed one after another, up to this one; `next_at` is when
    the next run is due.
    """

    slot: datetime
    state: State
    failures: int
    next_at: datetime


class Run(msgspec.Struct, frozen=True):
    """A run that is due; `failures` failed before it, one after another."""

    kind: str
    slot: datetime
    following: datetime  # the slot after it
    failures: int = 0

    def next_at(self, state: State, now: datetime) -> datetime:
        """Returns when a run is due after this one has ended at `now`."""
        if state == "failed":
            return now + min(FIRST_RETRY * (1 << min(self.failures, 10)), LONGEST_RETRY)
        return self.following if state == "done" else now


def due(
    cadences: Sequence[Cadence],
    past: Mapping[str, Past],
    now: datetime,
    *,
    impatient: bool = False,
) -> list[Run]:
    """Returns the runs that are due, one per kind at most.

    `past` has for each kind the newest run whose slot is not after `now`. A run that failed is due
    again after a while, or at once if `impatient`; one that was killed or interrupted at once.
    """
    runs = []
    for cadence in cadences:
        slot = cadence.slot(now)
        last = past.get(cadence.kind)
        if last is None or not _has_settled(last, slot, now, impatient):
            failures = 0 if last is None else last.failures
            runs.append(Run(cadence.kind, slot, slot + cadence.every, failures))
    return runs


def _has_settled(last: Past, slot: datetime, now: datetime, impatient: bool) -> bool:
    if last.state in WAITS:
        # It would wait for longer than ever only because of a clock that has gone back.
        return not impatient and now < last.next_at <= now + WAITS[last.state]
    return last.state == "done" and last.slot >= slot
