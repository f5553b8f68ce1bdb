"""Messages that could not be stored: listed, shown, and replayed after the fault is fixed."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
import psycopg
from psycopg.rows import class_row

from db import connect, sql
from db.errors import UsageError
from db.session import Session
from ingest.batch.batch import Batch, batch_of
from ingest.batch.messages import Record
from ingest.store import changes, transaction
from ingest.store.add import add_contents
from ingest.store.connection import Conn
from ingest.store.outcome import Outcome, count
from ingest.store.state import State
from ingest.store.store import Store, opened

PAGE = 1_000  # messages per transaction

Advance = Callable[[int], None]


class RejectsChanged(Exception):
    """Another replay, or a purge, has removed some of these messages from ops.rejects."""


class Rejected(msgspec.Struct, frozen=True):
    """A row of ops.rejects."""

    id: int
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    source: str | None
    reason: str
    detail: str
    rejected_at: datetime


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the rejected messages: since <= rejected_at < until; None: any."""

    reason: str | None = None
    topic: str | None = None
    since: datetime | None = None
    until: datetime | None = None


ALL = Chosen()


class Reason(msgspec.Struct, frozen=True):
    """Messages rejected for one reason, when the first and the last were, and the last one's id."""

    reason: str
    messages: int
    first_at: datetime
    last_at: datetime
    example: int


class Replayed(msgspec.Struct, frozen=True):
    """Counts of the messages that a replay has stored, and of those that still cannot be stored."""

    stored: int
    left: int


def reasons(database_url: str, chosen: Chosen = ALL) -> list[Reason]:
    """Returns the reasons of rejected messages, the most frequent first.

    Raises DatabaseAway or DatabaseRefused, as all functions here.
    """
    query = sql.load("ingest.store", "reject_reasons")
    with (
        reading(database_url) as conn,
        connect.translated(),
        conn.cursor(row_factory=class_row(Reason)) as cursor,
    ):
        return cursor.execute(query, msgspec.structs.asdict(chosen)).fetchall()


def oldest(database_url: str, limit: int, chosen: Chosen = ALL) -> list[Rejected]:
    """Returns up to `limit` rejected messages, the oldest first."""
    with reading(database_url) as conn:
        return _page(conn, 0, limit, chosen)


def show(database_url: str, id_: int) -> Rejected:
    """Returns one rejected message; raises UsageError if there is none of that id."""
    with (
        reading(database_url) as conn,
        connect.translated(),
        conn.cursor(row_factory=class_row(Rejected)) as cursor,
    ):
        found = cursor.execute(sql.load("ingest.store", "reject"), {"id": id_}).fetchone()
    if found is None:
        raise UsageError(f"there is no rejected message {id_}; see stockpulse rejects list")
    return found


def replay(database_url: str, chosen: Chosen = ALL, advance: Advance | None = None) -> Replayed:
    """Stores rejected messages that can be stored by now; the others stay rejected.

    Each page of messages is one transaction, after which `advance` is called with their number.
    Raises UsageError if another replay, or a purge, removes the same messages.
    """
    stored = left = 0
    with opened(database_url) as store, reading(database_url) as conn:
        for page in _pages(conn, chosen):
            [batch_id] = store.reserve_batch_ids(1)
            batch = batch_of(list(map(_record, page)), batch_id, store.catalog)
            batch.started = time.monotonic()
            batch.close(datetime.now(UTC))
            try:
                done = replay_batch(store, batch, [rejected.id for rejected in page])
            except RejectsChanged:
                raise UsageError(
                    "another replay is running, or a purge: run it again afterwards"
                ) from None
            stored += done
            left += len(page) - done
            if advance:
                advance(len(page))
    return Replayed(stored, left)


def replay_batch(store: Store, batch: Batch, ids: list[int]) -> int:
    """Stores messages and removes them from ops.rejects; returns how many.

    `ids` are those of the batch's messages. Raises RejectsChanged.
    """
    return store.settle(batch, partial(_replay, batch=batch, ids=ids))


def _replay(conn: Conn, state: State, batch: Batch, ids: list[int]) -> int:
    """Stores what can be stored; what cannot be is not counted again in ops.load_batches."""
    outcome = Outcome()
    with conn.transaction():
        transaction.lock_offsets(conn, batch)
        transaction.check_limits(conn, batch)
        add_contents(conn, state, batch, batch.contents, outcome, staging=True)
        rejected = batch.rejects.keys() | outcome.rejects.keys()
        stored = [id_ for index, id_ in enumerate(ids) if index not in rejected]
        deleted = conn.execute(sql.load("ingest.store", "delete_rejects"), {"ids": stored})
        if deleted.rowcount != len(stored):
            raise RejectsChanged
        if stored:
            counts = count(batch, outcome)
            counts = msgspec.structs.replace(counts, messages=len(stored), rejects={})
            ranges = changes.ranges_of(batch.contents, batch.id, outcome.rows)
            transaction.add_batch(conn, batch, outcome, counts, ranges)
    return len(stored)


def _pages(conn: psycopg.Connection[Any], chosen: Chosen) -> Iterator[list[Rejected]]:
    after = 0
    while page := _page(conn, after, PAGE, chosen):
        yield page
        after = page[-1].id


def _page(conn: psycopg.Connection[Any], after: int, limit: int, chosen: Chosen) -> list[Rejected]:
    with connect.translated(), conn.cursor(row_factory=class_row(Rejected)) as cursor:
        values = {"after": after, "limit": limit, **msgspec.structs.asdict(chosen)}
        return cursor.execute(sql.load("ingest.store", "rejects"), values).fetchall()


def reading(database_url: str, *, primary: bool = False) -> Session:
    """Opens a connection that acts as stockpulse_loader, and commits every statement."""
    return connect.connect(
        database_url,
        application_name="stockpulse rejects",
        autocommit=True,
        role="stockpulse_loader",
        primary=primary,
    )


def _record(rejected: Rejected) -> Record:
    return Record(
        rejected.topic,
        rejected.partition,
        rejected.offset,
        rejected.key,
        rejected.value,
        rejected.source,
    )
