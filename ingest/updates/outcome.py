"""The result of a run, and of what nothing is missing after it."""

from datetime import datetime

import msgspec

from ingest.updates.slots import State


class Complete(msgspec.Struct, frozen=True):
    """A range of which nothing is missing, or what is missing is planned."""

    since: datetime
    until: datetime


class Outcome(msgspec.Struct, frozen=True):
    """The result of a run, in one line.

    `complete` is of what nothing is missing any more, and what the next run need not look at. With
    `again_at` the venue's limit is met: the run goes on then.
    """

    sentence: str
    failed: bool = False
    interrupted: bool = False
    complete: Complete | None = None
    again_at: datetime | None = None

    @property
    def state(self) -> State:
        """The state of the run that ended so."""
        if self.interrupted:
            return "interrupted"
        if self.failed:
            return "failed"
        return "waiting" if self.again_at else "done"
