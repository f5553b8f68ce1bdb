"""The loader's side of the database: stores batches over one connection, and keeps its offsets."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

import psycopg

from db import connect, sql
from db.connect import DatabaseAway
from ingest.batch.batch import Batch
from ingest.batch.messages import Partition
from ingest.formats.times import rfc3339
from ingest.store import connection, late_ticks, transaction
from ingest.store.conflicts import settle
from ingest.store.connection import Conn
from ingest.store.transaction import State, Stored

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Store:
    """A connection that stores batches, and the state that each leaves to the next."""

    def __init__(self, database_url: str) -> None:
        """Raises DatabaseAway or DatabaseRefused."""
        self._conn = connection.open_connection(database_url)
        try:
            with connect.translated():
                self._state = transaction.read_state(self._conn)
                row = self._run("kept_since").fetchone()
        except BaseException:
            self._conn.close()
            raise
        self._warns_before = rfc3339(row[0]) if row else None  # until it has warned
        # Whether late ticks may wait: at first, of a loader that ended before it moved them.
        self.has_late = not self._state.logs_changes

    @property
    def retention_floor(self) -> str:
        """The time of the oldest tick that is taken, as rfc3339() writes it."""
        return self._state.retention_floor

    def close(self) -> None:
        self._conn.close()

    def cancel(self) -> None:
        """Cancels the statement that another thread is running, if there is one."""
        connection.cancel(self._conn)

    def break_connection(self) -> None:
        """Makes the statement that another thread is running fail, without the server's help."""
        connection.break_connection(self._conn)

    def offsets(self, topics: tuple[str, ...]) -> list[Any]:
        """Returns (topic, partition, next_offset, cluster_id, topic_id) of known partitions."""
        with connect.translated():
            return self._run("offsets", topics=list(topics)).fetchall()

    def add_offsets(
        self, partition: Partition, next_offset: int, cluster_id: str, topic_id: str | None
    ) -> None:
        """Adds a partition's offset; a known one is not overwritten."""
        with connect.translated():
            self._run(
                "add_offsets",
                topic=partition[0],
                partition=partition[1],
                next_offset=next_offset,
                cluster_id=cluster_id,
                topic_id=topic_id,
            )

    def mark_seen(self, symbols: set[str]) -> None:
        """Updates when ticks of `symbols` were last stored."""
        with connect.translated():
            self._run("mark_instruments_seen", symbols=sorted(symbols))

    def store(self, batch: Batch) -> Stored:
        """Stores a batch; raises OffsetsMoved, DatabaseAway or DatabaseRefused, storing nothing.

        If the database goes away right after the commit, late ticks are left waiting: see has_late.
        """
        if batch.contents.amendments:
            self.flush_late()  # an amendment may be about ticks that wait
        stored = self.settle(batch, partial(transaction.store, batch=batch))
        self._warn_of_old(batch)
        self.has_late = self.has_late or stored.waiting > 0
        if self.has_late:
            with suppress(DatabaseAway):
                self.flush_late()
        return stored

    def flush_late(self) -> None:
        """Moves ticks from ops.late_ticks to market.ticks, unless another session holds a lock."""
        if not self._state.logs_changes:
            with connect.translated():
                self.has_late = not late_ticks.flush(self._conn)

    def settle(self, batch: Batch, act: Callable[[Conn, State], T]) -> T:
        """Returns what a transaction of the batch returns, see conflicts.py."""
        return settle(self._conn, self._state, batch, lambda: act(self._conn, self._state))

    def _warn_of_old(self, batch: Batch) -> None:
        """Warns once of ticks so old that the retention's next run drops them again."""
        oldest = batch.contents.oldest
        if self._warns_before and oldest and oldest < self._warns_before:
            logger.warning(
                "ticks are older than they are kept: they will be dropped, their candles stay",
                extra={"oldest": oldest, "setting": "ops.lifecycle.keep"},
            )
            self._warns_before = None

    def _run(self, name: str, **values: Any) -> psycopg.Cursor[Any]:
        return self._conn.execute(sql.load("ingest.store", name), values)


@contextmanager
def opened(database_url: str) -> Iterator[Store]:
    """Opens a store and closes it at the end."""
    store = Store(database_url)
    try:
        yield store
    finally:
        store.close()
