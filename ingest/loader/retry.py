"""Stores batches in a database that may go away: waits for it, logs why, and rejects nothing."""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

from db.connect import DatabaseAway, IsStandby, LoginRefused
from ingest.batch.batch import Batch
from ingest.formats.catalog import Catalog
from ingest.loader.open_batch import Facts
from ingest.loader.progress import Progress
from ingest.store.store import Store
from ingest.store.timeline import FormerPrimary, Timeline
from ingest.store.transaction import Stored

logger = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_WAIT_SECONDS = 0.1  # doubles with every try
LONGEST_WAIT_SECONDS = 5.0
BATCH_IDS = 100  # to reserve at once
FEW_IDS = 10
LAST_SEEN_SECONDS = 10.0  # between two updates of the times at which symbols were last seen


class StoppedWaiting(Exception):
    """A stop or a change of the assignment ended the wait for the database: nothing was stored."""


class RetryingStore:
    """A store that is opened again when the database is back.

    One thread stores; another may call stop_waiting(), wait_again() and break_connection().
    """

    def __init__(self, database_url: str, progress: Progress | None = None) -> None:
        self._url = database_url
        self._progress = progress or Progress()
        self._store: Store | None = None
        self._stopped = threading.Event()
        self._batch_ids: deque[int] = deque()  # reserved ones; two threads take turns
        self._timeline: Timeline | None = None  # the newest seen
        self._catalog: Catalog | None = None
        self._seen: set[str] = set()  # symbols whose last-seen time is to be updated
        self._seen_at = 0.0  # when to update it, on the monotonic clock

    def __enter__(self) -> Self:
        """Connects, if the database answers: one that refuses ends a loader outside its group."""
        with suppress(DatabaseAway):
            self.open()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._close()

    @property
    def note(self) -> str:
        """The newest timeline that was seen, to be kept with offsets in Kafka; "" if none was."""
        return "" if self._timeline is None else str(self._timeline)

    def next_facts(self) -> Facts:
        """Returns the facts of the next batch; the store has to have been open before."""
        assert self._catalog is not None
        return Facts(self._batch_ids.popleft(), self._catalog)

    def open(self) -> Store:
        """Returns the open store, connecting if necessary; raises DatabaseAway, DatabaseRefused.

        A refused login and a standby end the loader at its start only: later, in a failover, they
        may end by themselves. FormerPrimary ends it at any time.
        """
        if self._store is None:
            try:
                self._store = Store(self._url)
            except (IsStandby, LoginRefused) as error:
                if self._catalog is None:
                    raise
                raise DatabaseAway(str(error)) from error
            self._check_timeline(self._store)
            self._batch_ids.clear()  # a server that took over may give them again
        self._prepare(self._store)
        return self._store

    def _check_timeline(self, store: Store) -> None:
        """Remembers the server's timeline; raises FormerPrimary if one was seen that is newer."""
        found = store.timeline
        if self._timeline is not None and self._timeline.is_after(found):
            self._close()
            raise FormerPrimary(self._timeline)
        self._timeline = found or self._timeline

    def _prepare(self, store: Store) -> None:
        """Makes the facts of the next batches available."""
        self._catalog = store.catalog
        if len(self._batch_ids) < FEW_IDS:
            self._batch_ids += store.reserve_batch_ids(BATCH_IDS)

    def stop_waiting(self) -> None:
        """Makes store() stop waiting for the database or for a lock in it."""
        self._stopped.set()
        if store := self._store:
            store.cancel()

    def break_connection(self) -> None:
        """Breaks the connection to a database that does not answer stop_waiting() either."""
        if store := self._store:
            store.break_connection()

    def wait_again(self) -> None:
        """Lets store() wait for the database again."""
        self._stopped.clear()

    def store(self, batch: Batch) -> Stored:
        """Stores a batch, however long the database is away.

        Raises, with nothing stored: OffsetsMoved if another loader has stored these messages,
        StoppedWaiting after stop_waiting(), DatabaseRefused.
        """
        self._progress.begin_batch()
        try:
            return self._store_batch(batch)
        finally:
            self._progress.end_batch()

    def _store_batch(self, batch: Batch) -> Stored:
        stored = self._retry(lambda store: store.store(batch))
        self._update_last_seen(batch.contents.symbols)
        if self._store is not None:
            with suppress(DatabaseAway):  # there are a few ids left
                self._prepare(self._store)
        if self._store is not None and self._store.has_late:
            # The batch is stored; the next loader moves the late events that are left.
            with suppress(StoppedWaiting):
                self._retry(Store.flush_late)
        return stored

    def _retry(self, act: Callable[[Store], T]) -> T:
        pause = FIRST_WAIT_SECONDS
        while True:
            try:
                done = act(self.open())
            except DatabaseAway as error:
                self.wait_for_database(error)
                if self._stopped.wait(pause * random.uniform(0.5, 1)):  # noqa: S311
                    raise StoppedWaiting from error
                pause = min(2 * pause, LONGEST_WAIT_SECONDS)
            else:
                self._progress.commit()
                return done

    def wait_for_database(self, error: DatabaseAway) -> None:
        """Logs the reason for waiting and closes the connection, which may be broken."""
        logger.warning("waiting for the database", extra={"reason": str(error)})
        self._progress.wait(error)
        self._close()

    def _update_last_seen(self, symbols: set[str]) -> None:
        self._seen |= symbols
        if time.monotonic() >= self._seen_at:
            with suppress(DatabaseAway):  # the batch is stored, and the next one waits
                self.open().mark_seen(self._seen)
                self._seen = set()
            self._seen_at = time.monotonic() + LAST_SEEN_SECONDS

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
