"""The loader's side of the database: stores batches over one connection, and keeps its offsets."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

import psycopg

from db import connect, sql
from db.connect import DatabaseAway
from ingest.batch.batch import Batch
from ingest.batch.messages import Partition
from ingest.formats.catalog import Catalog
from ingest.store import connection, late_events, timeline, transaction
from ingest.store.conflicts import settle
from ingest.store.connection import Conn
from ingest.store.state import State
from ingest.store.transaction import Stored

T = TypeVar("T")


class Store:
    """A connection that stores batches, and the state that each leaves to the next."""

    def __init__(self, database_url: str) -> None:
        """Raises DatabaseAway or DatabaseRefused."""
        self._conn = connection.open_connection(database_url)
        try:
            with connect.translated():
                self._state = transaction.read_state(self._conn)
                self.timeline = timeline.read(self._conn)
        except BaseException:
            self._conn.close()
            raise
        # Whether late events may wait: at first, of a loader that ended before it moved them.
        self.has_late = not self._state.logs_changes

    @property
    def catalog(self) -> Catalog:
        """The sources and rules by which batches are to be decoded."""
        return self._state.catalog

    def reserve_batch_ids(self, count: int) -> list[int]:
        """Returns ids for batches to come; those that are not used leave gaps."""
        with connect.translated():
            return [id_ for (id_,) in self._run("reserve_batch_ids", count=count)]

    def close(self) -> None:
        self._conn.close()

    def cancel(self) -> None:
        """Cancels the statement that another thread is running, if there is one."""
        connection.cancel(self._conn)

    def break_connection(self) -> None:
        """Makes the statement that another thread is running fail, without the server's help."""
        connect.break_connection(self._conn)

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
        """Updates when events of `symbols` were last stored."""
        with connect.translated():
            self._run("mark_instruments_seen", symbols=sorted(symbols))

    def store(self, batch: Batch) -> Stored:
        """Stores a batch; raises OffsetsMoved, DatabaseAway or DatabaseRefused, storing nothing.

        If the database goes away right after the commit, late events stay waiting: see has_late.
        """
        if batch.contents.amendments:
            self.flush_late()  # an amendment may be about events that wait
        stored = self.settle(batch, partial(transaction.store, batch=batch))
        self.has_late = self.has_late or stored.waiting > 0
        if self.has_late:
            with suppress(DatabaseAway):
                self.flush_late()
        return stored

    def flush_late(self) -> None:
        """Moves events out of ops.late_events, unless another session holds a lock."""
        if not self._state.logs_changes:
            with connect.translated():
                self.has_late = not late_events.flush(self._conn)

    def settle(self, batch: Batch, act: Callable[[Conn, State], T]) -> T:
        """Returns what a transaction of the batch returns, see conflicts.py."""
        return settle(self._conn, self._state, batch, lambda: act(self._conn, self._state))

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
