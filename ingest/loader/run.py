"""The loader: polls and decodes in this thread while a second one stores the batch before.

Everything it holds can be lost: the next offsets are in the database, the messages in Kafka.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

import msgspec

from db.connect import DatabaseAway
from ingest.batch.messages import Partition
from ingest.kafka import topics
from ingest.kafka.client import BrokerAway
from ingest.kafka.consumer import Consumer
from ingest.kafka.topic_facts import log_compaction
from ingest.loader.archiver import Archiver
from ingest.loader.closed_candles import store_closed_candles
from ingest.loader.end_offsets import EndOffsets
from ingest.loader.maintenance import Maintenance
from ingest.loader.open_batch import IDLE_SECONDS, OpenBatch
from ingest.loader.open_transactions import OpenTransactions
from ingest.loader.progress import Progress
from ingest.loader.reminder import Reminder
from ingest.loader.report import LoadReport
from ingest.loader.retry import RetryingStore, StoppedWaiting
from ingest.loader.settings import LoaderSettings
from ingest.loader.start_offsets import find_start_offsets
from ingest.loader.storing import StoringThread
from ingest.store.transaction import OffsetsMoved, Stored

logger = logging.getLogger(__name__)

# A batch that takes longer to store makes the loader poll, paused, to stay in its group.
PAUSE_SECONDS = 1.0
NO_PARTITIONS = "the group has given this loader none; others may have them all"
IDLE_FIRST_SECONDS = 10.0  # until a loader without partitions says so
IDLE_LOG_SECONDS = 60.0  # between two such lines
GRACE_SECONDS = 3.0  # to store a batch before a stop or a rebalance gives it up

Observe = Callable[[Stored], None]


def load(
    settings: LoaderSettings,
    stop: threading.Event,
    *,
    until_end: bool = False,
    seconds: float | None = None,
    observe: Observe | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Stores the events of the settings' topics until `stop` is set.

    Ends earlier once `seconds` have passed, or, with `until_end`, once everything is stored that a
    partition held when it was assigned to this loader, and the candles of all closed buckets. A
    stop stores the open batch if that takes no more than GRACE_SECONDS. What waits for a
    transaction that its producer has not ended is reported as held. `observe` is called with
    each batch that was stored, in this thread; `progress` is kept up to date, for other threads.
    Topics that the broker lacks are created.

    Waits out a database that is away, and a broker that goes away later. Raises SettingsError;
    BrokerAway if no broker answers at the start, with `until_end` also if that is so at the
    addresses that brokers advertise; BrokerRefused, DatabaseRefused; OffsetsMismatch if the offsets
    in the database do not belong to what the broker holds.
    """
    progress = progress or Progress()
    topics.ensure(settings, settings.topics)
    log_compaction(settings, settings.topics)
    deadline = None if seconds is None else time.monotonic() + seconds
    with (
        Maintenance(settings.database_url, progress),
        Archiver(settings),
        RetryingStore(settings.database_url, progress) as store,
        closing(
            _Loader(settings, store, progress, stop, observe, deadline, until_end=until_end)
        ) as loader,
    ):
        while not loader.is_over():
            progress.turn(len(loader.assignment.partitions))
            if loader.assignment.needs_start_offsets and not loader.start_partitions():
                continue
            loader.fill_batch()
            loader.collect_stored()
            if loader.batch_is_due():
                loader.hand_over_batch()
            if loader.is_at_end():
                loader.report.complete = not loader.report.held
                break
        loader.store_open_batch()
        progress.end()
        if loader.report.complete or loader.report.held:
            loader.report.visible = store_closed_candles(settings.database_url, stop)
    return loader.report


class _Loader:
    """The steps of a run and the state that they share."""

    def __init__(
        self,
        settings: LoaderSettings,
        store: RetryingStore,
        progress: Progress,
        stop: threading.Event,
        observe: Observe | None,
        deadline: float | None,
        *,
        until_end: bool,
    ) -> None:
        self.report = LoadReport()
        self._store, self._progress = store, progress
        self._stop = stop
        self._observe = observe
        self._deadline = deadline  # on the monotonic clock
        self._ends = EndOffsets(settings) if until_end else None
        self._open = OpenBatch(settings)
        self._storing = StoringThread(store)
        self._consumer = Consumer(settings, lambda: self.collect_stored(GRACE_SECONDS))
        self.assignment = self._consumer.assignment
        self._transactions = OpenTransactions(self._consumer)
        self._idle = Reminder(IDLE_FIRST_SECONDS, IDLE_LOG_SECONDS)

    def close(self) -> None:
        self._storing.close()
        try:
            self.collect_stored()  # given up, unless its commit was faster
        finally:
            self._consumer.close()

    def is_over(self) -> bool:
        """Returns whether the run was stopped or its time has passed."""
        is_late = self._deadline is not None and time.monotonic() >= self._deadline
        return is_late or self._stop.is_set()

    def start_partitions(self) -> bool:
        """Starts the assigned partitions at the database's offsets; returns whether that worked."""
        self._drop_batches()
        if not self.assignment.partitions:
            self._idle.log("waiting for partitions", NO_PARTITIONS)
            self._consumer.poll(1, IDLE_SECONDS)
            return False
        self._idle.end()
        try:
            offsets = _find_starts(self._consumer, self._store, self._ends)
        except DatabaseAway as error:
            self._store.wait_for_database(error)
            self._consumer.poll(1, IDLE_SECONDS)
            return False
        except BrokerAway as error:
            _note_away(error, self._ends)
            self._consumer.poll(1, PAUSE_SECONDS)
            return False
        self._progress.start()
        self._open.restart(offsets, self._store.next_facts())
        self.assignment.start(offsets)
        return True

    def _drop_batches(self) -> None:
        """Drops what is not stored; it is polled again from the start offsets."""
        self._storing.give_up()
        while self._storing.busy:
            self.collect_stored(PAUSE_SECONDS)
        self._open.drop()
        self._store.wait_again()

    def fill_batch(self) -> None:
        """Polls once for as many messages as the batch takes."""
        room = self._open.room(time.monotonic())
        self._poll(room.messages, room.seconds)

    def _poll(self, most: int, seconds: float) -> None:
        with self.report.timed("poll"):
            messages = self._consumer.poll(most, seconds)
        with self.report.timed("read"):
            self._open.add(messages, time.monotonic())

    def collect_stored(self, seconds: float = 0) -> None:
        """Reports the batch that is being stored, if it has an outcome within `seconds`."""
        try:
            stored = self._storing.result(seconds)
        except OffsetsMoved:
            self._report_dropped("the stored offsets have moved")
        except StoppedWaiting:
            self._report_dropped("stopped waiting for the database")
        else:
            if stored is not None:
                self._report_stored(stored)

    def _report_dropped(self, reason: str) -> None:
        logger.warning("batch dropped", extra={"reason": reason})
        self.assignment.needs_start_offsets = True

    def _report_stored(self, stored: Stored) -> None:
        stored = msgspec.structs.replace(
            stored, lag_messages=self._consumer.lag(self._open.next_offsets)
        )
        self.report.add(stored)
        if self._observe is not None:
            self._observe(stored)
        self._consumer.commit(self._storing.next_offsets, self._store.note)
        logger.info("batch stored", extra=_facts(stored))

    def batch_is_due(self) -> bool:
        """Returns whether the open batch is to be stored; while another one is, it may grow."""
        return self._open.is_due(time.monotonic(), may_grow=self._storing.busy)

    def hand_over_batch(self) -> None:
        """Gives the batch to the storing thread as soon as that is free."""
        with self.report.timed("wait"):
            self._wait_for_storing()
        self.assignment.resume()
        if self.assignment.needs_start_offsets or self._storing.busy:
            return  # its partitions changed, or the run is over
        batch = self._open.take(datetime.now(UTC), self._store.next_facts())
        self._storing.start(batch)

    def _wait_for_storing(self) -> None:
        while self._storing.busy and not self.assignment.needs_start_offsets and not self.is_over():
            self._progress.turn(len(self.assignment.partitions))
            self.collect_stored(PAUSE_SECONDS)
            if self._storing.busy:
                self.assignment.pause()
                self._poll(1, 0)  # one that was fetched before the pause joins the batch

    def is_at_end(self) -> bool:
        """Returns whether everything up to the noted ends is stored, or held by a transaction."""
        held = self._transactions.held(self._open.next_offsets, time.monotonic())
        if self._ends is None or self._storing.busy or not self._open.is_empty():
            return False
        left = self._ends.held(self._open.next_offsets, self.assignment.ends, held)
        self.report.held = left or ()
        return left is not None

    def store_open_batch(self) -> None:
        """Stores the messages that were polled, if that takes no more than GRACE_SECONDS."""
        logger.info("stopping")
        deadline = time.monotonic() + GRACE_SECONDS
        self.collect_stored(GRACE_SECONDS)
        if (
            not self._storing.busy
            and not self._open.is_empty()
            and not self.assignment.needs_start_offsets
        ):
            self.hand_over_batch()
            self.collect_stored(deadline - time.monotonic())


def _find_starts(
    consumer: Consumer, retrying: RetryingStore, ends: EndOffsets | None
) -> dict[Partition, int]:
    store = retrying.open()
    with consumer.explained():
        offsets = find_start_offsets(consumer, store)
        store.flush_late()  # events that a loader left when it was killed
        if ends is not None:
            ends.note(consumer)
    return offsets


def _note_away(error: BrokerAway, ends: EndOffsets | None) -> None:
    logger.warning("waiting for the broker", extra={"reason": str(error)})
    if ends is not None:
        ends.give_up(error)


def _facts(stored: Stored) -> dict[str, object]:
    return {
        "trades": stored.trades,
        "quotes": stored.quotes,
        "bars": stored.bars,
        "duplicates": stored.duplicates,
        "amended": stored.amended,
        "ignored": sum(stored.ignored.values()),
        "rejected": sum(stored.rejects.values()),
        "late": stored.late,
        "seconds": stored.seconds,
        "lag_messages": stored.lag_messages,
    }
