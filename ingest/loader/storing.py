"""The batch that is being stored, in a thread of its own."""

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait

from ingest.batch.batch import Batch
from ingest.batch.messages import Partition
from ingest.loader.retry import RetryingStore
from ingest.store.transaction import Stored

logger = logging.getLogger(__name__)

LOG_SECONDS = 10.0  # until a batch that is not stored yet is logged, and between two such lines
CANCEL_SECONDS = 0.5  # until the connection of a statement that was cancelled is broken


class StoringThread:
    """A thread that stores one batch at a time.

    `next_offsets` are those after the batch that was started last.
    """

    def __init__(self, store: RetryingStore) -> None:
        self.next_offsets: dict[Partition, int] = {}
        self._store = store
        self._pool = ThreadPoolExecutor(1, "store")
        self._future: Future[Stored] | None = None
        self._log_at = 0.0  # on the monotonic clock

    @property
    def busy(self) -> bool:
        """Whether the outcome of a batch has not been returned by result() yet."""
        return self._future is not None

    def start(self, batch: Batch) -> None:
        """Begins to store a batch; the thread must not be busy."""
        assert self._future is None
        self.next_offsets = {partition: span.next for partition, span in batch.spans.items()}
        self._future = self._pool.submit(self._store.store, batch)
        self._log_at = time.monotonic() + LOG_SECONDS

    def result(self, seconds: float) -> Stored | None:
        """Returns the outcome of the batch, None if not within `seconds`.

        Raises OffsetsMoved, StoppedWaiting or DatabaseRefused if it was not stored.
        """
        if self._future is None:
            return None
        if not wait([self._future], seconds).done:
            self._log_slow()
            return None
        future, self._future = self._future, None
        return future.result()

    def _log_slow(self) -> None:
        now = time.monotonic()
        if now >= self._log_at:
            reason = "the batch is not stored yet"
            logger.warning("waiting for the database", extra={"reason": reason})
            self._log_at = now + LOG_SECONDS

    def give_up(self) -> None:
        """Makes the thread end soon, whatever it waits for; result() has the outcome."""
        self._store.stop_waiting()
        if self._future and not wait([self._future], CANCEL_SECONDS).done:
            self._store.break_connection()

    def close(self) -> None:
        """Gives up the batch and ends the thread; result() still has the outcome."""
        self.give_up()
        self._pool.shutdown()
