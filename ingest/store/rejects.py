"""The messages that could not be stored: shown, and tried again once the fault is mended."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg
from psycopg.rows import class_row

from db import connect, sql
from db.errors import UsageError
from ingest.batch.batch import Batch
from ingest.batch.columns import rows_of
from ingest.batch.messages import Messages, Record
from ingest.store.transaction import OffsetsMoved, opened

PAGE = 1_000  # messages a transaction

Advance = Callable[[int], None]


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


class Replayed(msgspec.Struct, frozen=True):
    """How many rejected messages are stored by now, and how many still cannot be."""

    stored: int
    left: int


def reasons(database_url: str) -> list[tuple[str, int, datetime, datetime]]:
    """Returns (reason, messages, first time, last time), the most frequent first."""
    with _reading(database_url) as conn, connect.translated():
        return conn.execute(sql.load("ingest.store", "reject_reasons")).fetchall()


def oldest(database_url: str, limit: int, reason: str | None = None) -> list[Rejected]:
    """Returns up to `limit` rejected messages, the oldest first."""
    with _reading(database_url) as conn:
        return _page(conn, 0, limit, reason)


def show(database_url: str, id_: int) -> Rejected:
    """Returns one rejected message."""
    with (
        _reading(database_url) as conn,
        connect.translated(),
        conn.cursor(row_factory=class_row(Rejected)) as cursor,
    ):
        found = cursor.execute(sql.load("ingest.store", "reject"), {"id": id_}).fetchone()
    if found is None:
        raise UsageError(f"there is no rejected message {id_}; see stockpulse rejects list")
    return found


def replay(
    database_url: str, reason: str | None = None, advance: Advance | None = None
) -> Replayed:
    """Tries the rejected messages again, a transaction a page; those still unfit stay."""
    stored = left = 0
    with opened(database_url) as store, _reading(database_url) as conn:
        for page in _pages(conn, reason):
            records = list(map(_record, page))
            rows = rows_of(records, datetime.now(UTC), store.floor)
            batch = Batch(Messages(records), rows=rows)
            try:
                done = store.replay(batch, [rejected.id for rejected in page])
            except OffsetsMoved:
                raise UsageError("another replay is running") from None
            stored += done
            left += len(page) - done
            if advance:
                advance(len(page))
    return Replayed(stored, left)


def _pages(conn: psycopg.Connection[Any], reason: str | None) -> Iterator[list[Rejected]]:
    after = 0
    while page := _page(conn, after, PAGE, reason):
        yield page
        after = page[-1].id


def _page(
    conn: psycopg.Connection[Any], after: int, limit: int, reason: str | None
) -> list[Rejected]:
    with connect.translated(), conn.cursor(row_factory=class_row(Rejected)) as cursor:
        values = {"after": after, "limit": limit, "reason": reason}
        return cursor.execute(sql.load("ingest.store", "rejects"), values).fetchall()


def _reading(database_url: str) -> psycopg.Connection[Any]:
    conn = connect.connect(database_url, application_name="stockpulse rejects", autocommit=True)
    with connect.translated():
        conn.execute("set role stockpulse_loader")
    return conn


def _record(rejected: Rejected) -> Record:
    source = rejected.source
    headers = None if source is None else [("source", source.encode())]
    partition = rejected.topic, rejected.partition
    return Record(partition, rejected.offset, rejected.key, rejected.value, headers)
