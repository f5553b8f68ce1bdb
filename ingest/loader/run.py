"""The loader: polls and decodes in this thread while a second one stores the batch before.

Everything it knows can be lost: positions are in the database, messages in Kafka.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime

import msgspec

from db.errors import BrokerAway, DatabaseAway
from db.settings import Settings
from ingest.batch.batch import Batch
from ingest.batch.messages import Partition
from ingest.kafka import topics
from ingest.kafka.consumer import Consumer
from ingest.loader.maintenance import Upkeep
from ingest.loader.report import Loaded
from ingest.loader.retry import Persister, StoppedWaiting
from ingest.loader.start_offsets import positions_of
from ingest.store.transaction import OffsetsMoved, Stored

logger = logging.getLogger(__name__)

POLL_MESSAGES = 1_000  # more, and the first are out of the processor's cache before they are read
IDLE_SECONDS = 0.2  # longest wait for a message
BUSY_SECONDS = 0.01  # the same while a batch that is due waits for the one before it
PATIENCE_SECONDS = 1.0  # a batch that takes longer makes us poll, paused, to stay in the group
SLOW_SECONDS = 10.0  # then we say that a batch is not stored yet, and again as often
LEAVE_SECONDS = 3.0  # what a stop or a rebalance grants to the batch in hand
CANCEL_SECONDS = 0.5  # what a statement that was broken off gets to end; then we hang up

Observe = Callable[[Stored], None]


def load(
    settings: Settings,
    stop: threading.Event,
    *,
    until_end: bool = False,
    seconds: float | None = None,
    observe: Observe | None = None,
) -> Loaded:
    """Stores ticks until `stop` is set, or `seconds` passed, or, with `until_end`, all that was
    in the topics is stored."""
    topics.ensure(settings, settings.topics)
    deadline = None if seconds is None else time.monotonic() + seconds
    with Upkeep(settings.database_url), Persister(settings.database_url) as persister:
        loader = _Loader(settings, persister, stop, observe or (lambda _: None))
        try:
            loader.run(until_end=until_end, deadline=deadline)
        finally:
            loader.close()
    return loader.loaded


class _Loader:
    def __init__(
        self, settings: Settings, persister: Persister, stop: threading.Event, observe: Observe
    ) -> None:
        self.loaded = Loaded()
        self._settings = settings
        self._persister = persister
        self._stop = stop
        self._observe = observe
        self._batch = Batch()
        self._positions: dict[Partition, int] = {}
        self._ends: dict[Partition, int] | None = None  # where `until_end` is done
        self._deadline: float | None = None  # on the monotonic clock
        self._pool = ThreadPoolExecutor(1, "store")
        self._storing: Future[Stored] | None = None
        self._slow_at = 0.0  # when to say that `_storing` takes long, on the monotonic clock
        self._spans: dict[Partition, int] = {}  # positions once `_storing` is stored
        self._entered = 0.0  # when the last message of `_storing` came into Kafka, Unix time
        self._consumer = Consumer(settings, self._settle)

    def run(self, *, until_end: bool, deadline: float | None) -> None:
        self._deadline = deadline
        while not self._is_over():
            if self._consumer.unplaced and not self._place(until_end=until_end):
                continue
            self._fill()
            self._collect()
            if self._is_due():
                self._hand_over()
            if until_end and self._is_at_end():
                self.loaded.complete = True
                break
        self._finish()

    def _is_over(self) -> bool:
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return True
        return self._stop.is_set()

    def close(self) -> None:
        self._give_up()
        self._pool.shutdown()
        self._consumer.close()

    def _place(self, *, until_end: bool) -> bool:
        """Gives newly assigned partitions their positions, as soon as the database tells them."""
        self._drop()
        if not self._consumer.assigned:
            self._consumer.poll(1, IDLE_SECONDS)
            return False
        try:
            store = self._persister.store()
            self._positions = positions_of(self._consumer, store)
            store.flush_late()  # of a loader that died before it did
            if until_end:
                self._note_ends()
        except DatabaseAway as error:
            self._persister.waiting_for(error)
            self._consumer.poll(1, IDLE_SECONDS)
            return False
        except BrokerAway as error:
            logger.warning("waiting for the broker", extra={"reason": str(error)})
            self._consumer.poll(1, PATIENCE_SECONDS)
            return False
        self._consumer.place(self._positions)
        return True

    def _note_ends(self) -> None:
        ends = self._ends or {}
        for partition in self._consumer.assigned:
            if partition not in ends:
                ends[partition] = self._consumer.bounds(partition)[1]
        self._ends = ends

    def _fill(self) -> None:
        batch, settings = self._batch, self._settings
        if batch.messages:
            left = self._due_at() - time.monotonic()
            # Short, as a stop must not wait for the batch, nor the batch for what does not come.
            wait_seconds = min(left, IDLE_SECONDS) if left > 0 else BUSY_SECONDS
            mean_size = batch.messages.size // len(batch.messages) + 1
            most = min(
                POLL_MESSAGES,
                settings.batch_rows - len(batch.messages),
                (settings.batch_bytes - batch.messages.size) // mean_size,
            )
        else:
            wait_seconds, most = IDLE_SECONDS, 1
        self._take(max(1, most), wait_seconds)

    def _take(self, most: int, seconds: float) -> None:
        with self.loaded.timed("poll"):
            messages = self._consumer.poll(most, seconds)
        with self.loaded.timed("read"):
            self._batch.add(messages, self._positions, time.monotonic())

    def _is_due(self) -> bool:
        batch, settings = self._batch, self._settings
        if not batch.spans:
            return False
        if (
            len(batch.messages) >= settings.batch_rows
            or batch.messages.size >= settings.batch_bytes
        ):
            return True
        # While the one before is being stored, it may as well grow.
        return self._storing is None and time.monotonic() >= self._due_at()

    def _due_at(self) -> float:
        return self._batch.started + self._settings.batch_ms / 1000

    def _hand_over(self) -> None:
        """Gives the batch to the storing thread as soon as that is free."""
        with self.loaded.timed("wait"):
            self._wait_for_store()
        self._consumer.resume()
        if self._consumer.unplaced or self._storing is not None:
            return  # it is not ours any more, or we are to stop
        batch, self._batch = self._batch, Batch()
        batch.close(datetime.now(UTC), self._persister.floor)
        self._spans = {partition: span.next for partition, span in batch.spans.items()}
        self._entered = self._consumer.entered
        self._storing = self._pool.submit(self._persister.persist, batch)
        self._slow_at = time.monotonic() + SLOW_SECONDS

    def _wait_for_store(self) -> None:
        while self._storing is not None and not self._consumer.unplaced and not self._is_over():
            self._collect(PATIENCE_SECONDS)
            if self._storing is not None:
                self._consumer.pause()
                self._take(1, 0)  # a message that comes all the same is not lost

    def _collect(self, seconds: float = 0) -> None:
        """Takes the result of the storing thread, if there is one within `seconds`."""
        if self._storing is None:
            return
        if not wait([self._storing], seconds).done:
            self._say_slow()
            return
        storing, self._storing = self._storing, None
        try:
            stored = storing.result()
        except (OffsetsMoved, StoppedWaiting) as error:
            moved = isinstance(error, OffsetsMoved)
            reason = "another loader stored its messages" if moved else "the wait was ended"
            logger.warning("batch dropped", extra={"reason": reason})
            self._consumer.unplaced = True
            return
        stored = msgspec.structs.replace(
            stored,
            lag_messages=self._consumer.lag(self._positions),
            lag_seconds=max(0.0, time.time() - self._entered),
        )
        self.loaded.add(stored)
        self._observe(stored)
        self._consumer.commit(self._spans)
        logger.info("batch stored", extra=_facts(stored))

    def _say_slow(self) -> None:
        now = time.monotonic()
        if now >= self._slow_at:
            reason = "it has not stored a batch yet"
            logger.warning("waiting for the database", extra={"reason": reason})
            self._slow_at = now + SLOW_SECONDS

    def _settle(self) -> None:
        """Lets the batch that is being stored come to its end, before its partitions go."""
        self._collect(LEAVE_SECONDS)

    def _drop(self) -> None:
        """Forgets what is in hand; what is not stored comes again from its position."""
        self._give_up()
        while self._storing is not None:
            self._collect(PATIENCE_SECONDS)
        self._batch = Batch()
        self._positions = {}
        self._persister.renew()

    def _give_up(self) -> None:
        """Has the storing thread end soon, whatever it waits for."""
        self._persister.abandon()
        if self._storing and not wait([self._storing], CANCEL_SECONDS).done:
            self._persister.hang_up()

    def _is_at_end(self) -> bool:
        if self._ends is None or self._batch.spans or self._storing is not None:
            return False
        ended = self._consumer.ended
        return bool(self._positions) and all(
            max(position, ended.get(partition, 0)) >= self._ends[partition]
            for partition, position in self._positions.items()
        )

    def _finish(self) -> None:
        """Stores the batch in hand, if that is possible soon."""
        logger.info("stopping")
        deadline = time.monotonic() + LEAVE_SECONDS
        self._collect(LEAVE_SECONDS)
        if self._storing is None and self._batch.spans and not self._consumer.unplaced:
            self._hand_over()
            self._collect(deadline - time.monotonic())


def _facts(stored: Stored) -> dict[str, object]:
    return {
        "rows": stored.rows,
        "duplicates": stored.duplicates,
        "late": stored.late,
        "corrections": stored.corrections,
        "rejects": sum(stored.rejects.values()),
        "seconds": stored.seconds,
        "lag_messages": stored.lag_messages,
    }
