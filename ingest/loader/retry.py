"""Stores batches through a database that may go away: waits, says what for, and rejects nothing."""

import logging
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

from db.errors import DatabaseAway
from ingest.batch.batch import Batch
from ingest.formats.times import OLDEST
from ingest.store.store import Store
from ingest.store.transaction import Stored

logger = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_WAIT = 0.1  # seconds; doubles with every try
LONGEST_WAIT = 5.0
SEE_SECONDS = 10.0  # between updates of when a symbol was last seen


class StoppedWaiting(Exception):
    """A stop or a rebalance has ended the wait for the database."""


class Persister:
    """A store that is opened again whenever the database comes back."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._store: Store | None = None
        self._abandoned = threading.Event()
        self._seen: set[str] = set()
        self._see_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._close()

    @property
    def floor(self) -> str:
        """The time of the oldest tick that is taken, as far as it is known."""
        return self._store.retention_floor if self._store else OLDEST

    def store(self) -> Store:
        """Returns the open store; raises DatabaseAway."""
        if self._store is None:
            self._store = Store(self._url)
        return self._store

    def abandon(self) -> None:
        """Makes persist() give up waiting for the database, or for a lock in it."""
        self._abandoned.set()
        if store := self._store:
            store.cancel()

    def hang_up(self) -> None:
        """Breaks the connection of a database that does not even answer to abandon()."""
        if store := self._store:
            store.break_connection()

    def renew(self) -> None:
        self._abandoned.clear()

    def persist(self, batch: Batch) -> Stored:
        """Stores a batch, however long the database is away.

        Raises OffsetsMoved or StoppedWaiting.
        """
        stored = self._insist(lambda store: store.store(batch))
        self._see(batch.contents.symbols)
        if self._store is not None and self._store.has_late:
            with suppress(
                StoppedWaiting
            ):  # the batch is stored; the next loader moves what is left
                self._insist(Store.flush_late)
        return stored

    def _insist(self, act: Callable[[Store], T]) -> T:
        pause = FIRST_WAIT
        while True:
            try:
                return act(self.store())
            except DatabaseAway as error:
                self.waiting_for(error)
                if self._abandoned.wait(pause * random.uniform(0.5, 1)):  # noqa: S311
                    raise StoppedWaiting from error
                pause = min(2 * pause, LONGEST_WAIT)

    def waiting_for(self, error: DatabaseAway) -> None:
        """Says what keeps us, and closes a connection that may be broken."""
        logger.warning("waiting for the database", extra={"reason": str(error)})
        self._close()

    def _see(self, symbols: set[str]) -> None:
        self._seen |= symbols
        if time.monotonic() >= self._see_at:
            with suppress(DatabaseAway):  # the batch is stored, and the next one waits
                self.store().mark_seen(self._seen)
                self._seen = set()
            self._see_at = time.monotonic() + SEE_SECONDS

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
