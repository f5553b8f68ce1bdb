"""The loader's transaction: a batch's ticks, rejects and offsets are stored together or not."""

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

import msgspec
import psycopg
from psycopg import errors as pg

from db import connect, edition, sql
from db.errors import DatabaseAway, DatabaseRefused
from ingest.batch.batch import Batch
from ingest.batch.columns import OLDEST, Rows, refuse_times, rfc3339, source_of
from ingest.batch.messages import Message, Partition, row_of
from ingest.formats.amendments import Cancel
from ingest.formats.tick import Reject
from ingest.store import amend, late_ticks, takeover
from ingest.store.amend import Applied
from ingest.store.bisect import MEETINGS, REFUSALS, sift
from ingest.store.candle_changes import Changes, changes_of

logger = logging.getLogger(__name__)

T = TypeVar("T")

LOCK_TIMEOUT = "5s"  # then we say what we wait for, and wait again
CANCEL_SECONDS = 1.0
MOST_TRIES = 20  # of a transaction that meets others; each try fails for a reason of its own


class OffsetsMoved(Exception):
    """Another loader has moved these partitions on: what we hold of them is not ours to store."""


class Stored(msgspec.Struct, frozen=True):
    """What became of a batch."""

    rows: int
    duplicates: int
    late: int
    rejects: dict[str, int]  # by reason
    seconds: float  # from its first message to its commit
    copy_seconds: float
    commit_seconds: float
    corrections: int = 0  # ticks corrected, cancelled or replaced
    lag_messages: int = 0  # left in our partitions
    lag_seconds: float = 0.0  # from the last message's entry into Kafka to its commit


class Store:
    """A connection that stores batches, and what it has learned on the way."""

    def __init__(self, database_url: str) -> None:
        self.floor = OLDEST
        self._newest = OLDEST  # time of the newest tick this store has seen
        self._known: set[str] = set()  # symbols that market.instruments has
        self._staging = False  # whether the last batch held ticks that were stored already
        self._conn = connect.connect(
            database_url, application_name="stockpulse load", autocommit=True
        )
        try:
            self._prepare()
        except BaseException:
            self._conn.close()
            raise

    def _prepare(self) -> None:
        with connect.translated():
            self._conn.execute("set role stockpulse_loader")
            # Ticks and offsets are lost together, and Kafka still has them.
            self._conn.execute("set synchronous_commit = off")
            self._conn.execute(f"set lock_timeout = '{LOCK_TIMEOUT}'")
            self._logs_changes = edition.read(self._conn).kind == "apache"
            self.has_late = not self._logs_changes  # maybe, of a loader that died
            self.floor = self._read_floor()
            self._kept_since = self._run("kept_since").fetchone()
        # At this level TimescaleDB logs the range of every write, also of those that it believes
        # to be ahead of every aggregate: no refresh can pass a writer that it does not see yet.
        self._conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ

    def close(self) -> None:
        self._conn.close()

    def cancel(self) -> None:
        """Breaks off the statement that another thread waits for, if there is one."""
        with suppress(psycopg.Error):
            self._conn.cancel_safe(timeout=CANCEL_SECONDS)

    def hang_up(self) -> None:
        """Makes the statement that another thread waits for fail, without the server's help."""
        with suppress(psycopg.Error, OSError):
            ours = os.dup(self._conn.fileno())
            with socket.socket(fileno=ours) as line:
                line.shutdown(socket.SHUT_RDWR)

    def offsets(self, topics: tuple[str, ...]) -> list[Any]:
        """Returns (topic, partition, next_offset, cluster_id, topic_id) of what is known."""
        with connect.translated():
            return self._run("offsets", topics=list(topics)).fetchall()

    def add_offsets(
        self, partition: Partition, next_offset: int, cluster_id: str, topic_id: str | None
    ) -> None:
        """Starts the account of a partition."""
        with connect.translated():
            self._run(
                "add_offsets",
                topic=partition[0],
                partition=partition[1],
                next_offset=next_offset,
                cluster_id=cluster_id,
                topic_id=topic_id,
            )

    def see(self, symbols: set[str]) -> None:
        """Notes that ticks of `symbols` came in."""
        with connect.translated():
            self._run("see_instruments", symbols=sorted(symbols))

    def store(self, batch: Batch) -> Stored:
        """Stores a batch; raises OffsetsMoved, DatabaseAway, DatabaseRefused, nothing stored.

        Its late ticks may still wait when the database went away: `has_late` tells.
        """
        if batch.rows.controls:
            self.move_late()  # what it amends, counts or replaces may be among them
        stored = self._settled(batch, lambda: self._transaction(batch))
        if self.has_late:
            with suppress(DatabaseAway):
                self.move_late()
        return stored

    def move_late(self) -> None:
        """Moves what waits in ops.late_ticks to its place; leaves it where others hold a lock."""
        if not self._logs_changes:
            with connect.translated():
                self.has_late = not late_ticks.move(self._conn)

    def replay(self, batch: Batch, ids: list[int]) -> int:
        """Stores rejected messages that are fit by now and takes them off the list.

        `ids` are those of the messages in ops.rejects; returns how many were taken off.
        """
        return self._settled(batch, lambda: self._replay(batch, ids))

    def _settled(self, batch: Batch, transaction: Callable[[], T]) -> T:
        """Repeats a transaction until it has its answer; mends the batch where that is at fault."""
        with connect.translated():
            for _ in range(MOST_TRIES):
                try:
                    return transaction()
                except pg.UniqueViolation:
                    self._staging = True
                except MEETINGS:
                    continue
                except _FloorMoved:
                    refuse_times(batch.rows, self.floor)
                except pg.LockNotAvailable:
                    takeover.free(self._conn, batch)
                    raise
                except REFUSALS as error:
                    sift(batch, error, self.floor, partial(self._attempt, batch))
        raise DatabaseRefused(f"a batch could not be stored in {MOST_TRIES} tries")

    def _replay(self, batch: Batch, ids: list[int]) -> int:
        with self._conn.transaction():
            self._lock(batch.rows)
            self._check_floor(batch.rows)
            _, applied = self._add_rows(batch, batch.rows, staging=True)
            unfit = batch.rows.rejects.keys() | applied.rejects.keys()
            fit = [id_ for place, id_ in enumerate(ids) if place not in unfit]
            if self._run("delete_rejects", ids=fit).rowcount != len(fit):
                raise OffsetsMoved
        return len(fit)

    def _transaction(self, batch: Batch) -> Stored:
        rows = batch.rows
        with self._conn.transaction():
            self._lock(rows)
            self._advance(batch)
            self._check_floor(rows)
            started = time.monotonic()
            live, waiting = (rows, []) if self._logs_changes else late_ticks.split(rows)
            stored, applied = self._add_rows(batch, live, staging=self._staging)
            staging = stored < len(live)
            stored += self._add_late(batch, waiting)
            copied = len(rows)
            copy_seconds = time.monotonic() - started
            rejects = rows.rejects | applied.rejects
            self._add_rejects(batch, rejects)
            newest = max(self._newest, rows.newest or OLDEST)
            late_count = late_ticks.count(rows, newest)
            self._add_batch(
                batch,
                rows=stored,
                duplicates=copied - stored,
                late=late_count,
                corrections=applied.changed,
                rejects=len(rejects),
            )
            committing = time.monotonic()
        done = time.monotonic()
        self._known |= rows.names
        self._newest = newest
        self._staging = staging
        self.has_late = self.has_late or bool(waiting)
        self._warn_of_old(rows)
        reasons = [reject.reason for reject in rejects.values()]
        return Stored(
            rows=stored,
            duplicates=copied - stored,
            late=late_count,
            rejects={reason: reasons.count(reason) for reason in set(reasons)},
            seconds=done - batch.started,
            copy_seconds=copy_seconds,
            commit_seconds=done - committing,
            corrections=applied.changed,
        )

    def _warn_of_old(self, rows: Rows) -> None:
        """Says once that ticks are so old that the retention's next run drops them again."""
        if self._kept_since and rows.oldest and rows.oldest < rfc3339(self._kept_since[0]):
            logger.warning(
                "ticks are older than they are kept: their candles stay, they will be dropped",
                extra={"oldest": rows.oldest, "setting": "ops.lifecycle.keep"},
            )
            self._kept_since = None

    def _lock(self, rows: Rows) -> None:
        """Takes the lock that goes before the snapshot."""
        cancels = any(isinstance(control, Cancel) for control in rows.controls.values())
        self._run("lock_offsets_alone" if cancels else "lock_offsets")

    def _advance(self, batch: Batch) -> None:
        moved = self._run(
            "advance_offsets",
            topics=[topic for topic, _ in batch.spans],
            partitions=[partition for _, partition in batch.spans],
            firsts=[span.first for span in batch.spans.values()],
            nexts=[span.next for span in batch.spans.values()],
        ).rowcount
        if moved != len(batch.spans):
            raise OffsetsMoved

    def _check_floor(self, rows: Rows) -> None:
        self.floor = self._read_floor()
        if rows.reach_below(self.floor):
            raise _FloorMoved

    def _read_floor(self) -> str:
        row = self._run("floor").fetchone()
        return rfc3339(row[0]) if row else OLDEST

    def _add_instruments(self, rows: Rows) -> None:
        if unknown := rows.names - self._known:
            self._run("add_instruments", symbols=sorted(unknown))

    def _add_rows(self, batch: Batch, rows: Rows, *, staging: bool) -> tuple[int, Applied]:
        """Stores ticks, and does what the messages say of stored ones; returns how many were new.

        Within a piece the order of these makes no difference, see control.py.
        """
        self._add_instruments(rows)
        pieces = list(amend.pieces(rows))
        staging = staging or len(pieces) > 1 or amend.meet_known(self._conn, rows)
        stored, applied = 0, Applied()
        for piece in pieces:
            if piece.parts:
                stored += self._add_ticks(piece, staging=staging)
            if piece.controls:
                amend.apply(self._conn, batch.messages, piece.controls, applied)
        if self._logs_changes and (rows.parts or rows.controls):
            self._add_changes(changes_of(rows))
        return stored, applied

    def _add_late(self, batch: Batch, lines: list[late_ticks.Line]) -> int:
        """Lets ticks wait until the batch is stored; returns how many were new."""
        if lines:
            self._add_instruments(batch.rows)
        return late_ticks.add(self._conn, batch.messages, lines)

    def _add_ticks(self, rows: Rows, *, staging: bool) -> int:
        """Returns how many were new."""
        with self._conn.cursor() as cursor:
            if not staging:
                with cursor.copy(sql.load("ingest.store", "copy_ticks")) as copy:
                    copy.write(rows.text)
                return len(rows)
            cursor.execute(sql.load("ingest.store", "make_staging"))
            cursor.execute(sql.load("ingest.store", "clear_staging"))  # of a piece before
            with cursor.copy(sql.load("ingest.store", "copy_staging")) as copy:
                copy.write(rows.text)
            return cursor.execute(sql.load("ingest.store", "store_staging")).rowcount

    def _add_rejects(self, batch: Batch, rejects: Mapping[int, Reject]) -> None:
        if not rejects:
            return
        with self._conn.cursor() as cursor:
            cursor.executemany(
                sql.load("ingest.store", "add_reject"),
                [_reject_row(batch.messages[place], reject) for place, reject in rejects.items()],
            )

    def _add_batch(self, batch: Batch, **counts: int) -> None:
        spans = {
            f"{topic} {partition}": [span.first, span.next]
            for (topic, partition), span in batch.spans.items()
        }
        self._run(
            "add_batch",
            loader=f"{socket.gethostname()} {os.getpid()}",
            offsets=msgspec.json.encode(spans).decode(),
            oldest=batch.rows.oldest,
            newest=batch.rows.newest,
            seconds=time.monotonic() - batch.started,
            **counts,
        )

    def _add_changes(self, changes: Changes) -> None:
        self._run("add_changes", symbols=changes.symbols, since=changes.since, until=changes.until)

    def _attempt(self, batch: Batch, rows: Rows) -> None:
        """Stores rows and takes them back."""
        with self._conn.transaction(force_rollback=True):
            self._add_rows(batch, rows, staging=True)

    def _run(self, name: str, **values: Any) -> psycopg.Cursor[Any]:
        return self._conn.execute(sql.load("ingest.store", name), values)


class _FloorMoved(Exception):
    """Ticks were dropped since the batch was read, and it holds some from below."""


def _reject_row(message: Message, reject: Reject) -> dict[str, Any]:
    told = {"source": source_of(message), "reason": reject.reason, "detail": reject.detail}
    return row_of(message) | told


@contextmanager
def opened(database_url: str) -> Iterator[Store]:
    """Opens a store for a while."""
    store = Store(database_url)
    try:
        yield store
    finally:
        store.close()
