"""The report of a run: how much was stored, and how long each stage took."""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from ingest.store.transaction import Stored

logger = logging.getLogger(__name__)


class LoadReport(msgspec.Struct):
    """Counts and times of a run of the loader.

    `trades`, `quotes` and `bars` are rows stored, the other counts messages: those that brought
    nothing new (duplicates), changed stored events or bars (amended), held no event (ignored), or
    could not be stored (rejected); `too_late` counts those of them that are too old, by the
    sentence that says why. `complete` is set if the run reached the end that it was to load until,
    and `visible` if the closed candles were stored as well; `held` has a sentence for each
    partition whose end lies behind an open transaction.
    `seconds` is the time from the first poll to the last commit. `stages` are seconds by stage:
    poll, read and wait follow each other in one thread, copy and commit in the other.
    """

    trades: int = 0
    quotes: int = 0
    bars: int = 0
    duplicates: int = 0
    amended: int = 0
    ignored: int = 0
    rejected: int = 0
    too_late: Counter[str] = msgspec.field(default_factory=Counter)
    batches: int = 0
    complete: bool = False
    visible: bool = False
    held: tuple[str, ...] = ()
    seconds: float = 0.0
    stages: defaultdict[str, float] = msgspec.field(default_factory=lambda: defaultdict(float))
    started: float | None = None  # on the monotonic clock

    @property
    def rows(self) -> int:
        return self.trades + self.quotes

    def add(self, stored: Stored) -> None:
        """Counts a batch; logs why messages are too late, each reason once."""
        assert self.started is not None
        for reason in stored.too_late.keys() - self.too_late.keys():
            facts = {"messages": stored.too_late[reason], "reason": reason}
            logger.warning("messages rejected as too late", extra=facts)
        self.seconds = time.monotonic() - self.started
        self.stages["copy"] += stored.copy_seconds
        self.stages["commit"] += stored.commit_seconds
        self.trades += stored.trades
        self.quotes += stored.quotes
        self.bars += stored.bars
        self.duplicates += stored.duplicates
        self.amended += stored.amended
        self.ignored += sum(stored.ignored.values())
        self.rejected += sum(stored.rejects.values())
        self.too_late.update(stored.too_late)
        self.batches += 1

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Adds the time that the block takes to a stage."""
        started = time.monotonic()
        if self.started is None:
            self.started = started
        yield
        self.stages[stage] += time.monotonic() - started
