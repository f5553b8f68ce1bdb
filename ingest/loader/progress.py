"""State of a loader, for the threads that report it: attributes that the loader just sets.

Times are Unix seconds. An exception that ends a try does not end a wait: a commit does.
"""

import time
from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

from psycopg import errors as pg

Reason = Literal["database", "lock", "disk", "memory", "connections", "broker", "topic"]
REASONS: tuple[Reason, ...] = get_args(Reason)

SLOW_SECONDS = 10.0  # until a batch that is being stored counts as waiting
AGAIN_SECONDS = 15.0  # a wait that goes on so soon after a new start is still the same one
TOO_MANY = ("too many clients", "connection slots are reserved", "too many connections")
NO_SPACE = "No space left on device"


class Waiting(NamedTuple):
    """A wait: its cause, since when, and the words of the error."""

    reason: Reason
    since: float
    text: str


class Progress:
    """The state of one run; the loader's threads set it, others read it."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.turned_at: float | None = clock()  # None: the run has ended, or waits for candles
        self.partitions = 0
        self.committed_at: float | None = None
        self.refreshed_at: float | None = None  # the candles, by this process
        self._clock = clock
        self._began_at: float | None = None  # to store the batch under way
        self._waiting: Waiting | None = None
        self._last: tuple[Waiting, float] | None = None  # the wait that a new start has ended

    def turn(self, partitions: int) -> None:
        """Notes that the loop turns, and how many partitions it has."""
        self.turned_at = self._clock()
        self.partitions = partitions

    def end(self) -> None:
        """Notes that the loop has ended by itself."""
        self.turned_at = None

    def begin_batch(self) -> None:
        """Notes that a batch is being stored."""
        self._began_at = self._clock()

    def commit(self) -> None:
        """Notes a commit, which ends what it waited for."""
        self.committed_at = self._began_at = self._clock()
        self._waiting = self._last = None

    def end_batch(self) -> None:
        """Notes that no batch is being stored any more."""
        self._began_at = None

    def wait(self, error: Exception) -> None:
        """Notes why nothing can be stored now."""
        now = self._clock()
        since = now if self._began_at is None else self._began_at
        if self._waiting:
            since = self._waiting.since
        elif self._last and now - self._last[1] < AGAIN_SECONDS:
            since = self._last[0].since
        self._waiting = Waiting(reason_of(error), since, str(error))

    def refresh(self) -> None:
        """Notes that the candles were refreshed."""
        self.refreshed_at = self._clock()

    def start(self) -> None:
        """Notes that partitions are read from: whether batches can be stored is to be seen."""
        if self._waiting:
            self._last = (self._waiting, self._clock())
        self._waiting = None

    def waiting(self) -> Waiting | None:
        """Returns what it waits for, also in silence; None: it has nothing to wait for."""
        waiting, began_at = self._waiting, self._began_at
        if waiting is None and began_at and self._clock() - began_at > SLOW_SECONDS:
            return Waiting("database", began_at, "the batch is not stored yet")
        return waiting


def reason_of(error: Exception) -> Reason:
    """Returns what a database that is away lacks."""
    cause = error.__cause__
    text = str(error)
    if isinstance(cause, pg.LockNotAvailable):
        return "lock"
    if isinstance(cause, pg.DiskFull) or NO_SPACE in text:
        return "disk"
    if isinstance(cause, pg.OutOfMemory):
        return "memory"
    if isinstance(cause, pg.TooManyConnections) or any(words in text for words in TOO_MANY):
        return "connections"
    return "database"
