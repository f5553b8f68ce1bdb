"""What a run of the loader did, and how long each part of it took."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from ingest.store.transaction import Stored


class Loaded(msgspec.Struct):
    """What a run of the loader stored, and where its time went.

    `stages` are seconds: poll, read and wait follow each other in one thread, copy and commit in
    the other; `seconds` is from the first poll to the last commit.
    """

    rows: int = 0
    duplicates: int = 0
    rejects: int = 0
    batches: int = 0
    complete: bool = False  # whether the end was reached that was asked for
    seconds: float = 0.0
    stages: defaultdict[str, float] = msgspec.field(default_factory=lambda: defaultdict(float))
    started: float | None = None  # on the monotonic clock

    def add(self, stored: Stored) -> None:
        assert self.started is not None
        self.seconds = time.monotonic() - self.started
        self.stages["copy"] += stored.copy_seconds
        self.stages["commit"] += stored.commit_seconds
        self.rows += stored.rows
        self.duplicates += stored.duplicates
        self.rejects += sum(stored.rejects.values())
        self.batches += 1

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        started = time.monotonic()
        if self.started is None:
            self.started = started
        yield
        self.stages[stage] += time.monotonic() - started
