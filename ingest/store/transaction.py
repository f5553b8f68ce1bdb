"""The loader's transaction: a batch's ticks, rejects and offsets are stored together or not."""

import os
import socket
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec
import psycopg

from db import edition, sql
from ingest.batch.batch import Batch
from ingest.batch.contents import Contents
from ingest.batch.messages import Messages
from ingest.formats.amendments import Cancel
from ingest.formats.tick import Reject
from ingest.formats.times import OLDEST, rfc3339
from ingest.store import amend, late_ticks
from ingest.store.amend import Applied
from ingest.store.candle_changes import changes_of
from ingest.store.connection import Conn
from ingest.store.copy_rows import STAGING, TICKS, copy_rows


class OffsetsMoved(Exception):
    """Another loader has stored messages of this batch: the offsets are not where it begins."""


class FloorMoved(Exception):
    """The oldest time kept has moved, and the batch reaches before it."""


class State(msgspec.Struct):
    """Facts that a transaction takes over from those before it on its connection."""

    logs_changes: bool  # whether candles depend on it, as on the Apache-2 edition
    retention_floor: str  # time of the oldest tick that is taken, as rfc3339() writes it
    newest: str = OLDEST  # time of the newest tick stored
    symbols: set[str] = set()  # known to be in market.instruments
    staging: bool = False  # whether the last batch held ticks that were stored already


class Stored(msgspec.Struct, frozen=True):
    """The outcome of a batch."""

    rows: int
    duplicates: int
    late: int
    rejects: dict[str, int]  # messages by reason
    seconds: float  # from the batch's first message to its commit
    copy_seconds: float
    commit_seconds: float
    corrections: int = 0  # ticks corrected, cancelled or replaced
    waiting: int = 0  # late ticks that are still to be moved to market.ticks
    lag_messages: int = 0  # left in the loader's partitions
    lag_seconds: float = 0.0  # from the last message's entry into Kafka to its commit


def read_state(conn: Conn) -> State:
    return State(
        logs_changes=edition.read(conn).kind == "apache", retention_floor=_retention_floor(conn)
    )


def store(conn: Conn, state: State, batch: Batch) -> Stored:
    """Stores a batch and advances its offsets, or raises and leaves everything as it was.

    Raises OffsetsMoved, FloorMoved, or the driver's errors.
    """
    contents, messages = batch.contents, batch.messages
    with conn.transaction():
        lock_offsets(conn, contents)
        _advance_offsets(conn, batch)
        check_floor(conn, state, contents)
        started = time.monotonic()
        live, late = (contents, {}) if state.logs_changes else late_ticks.split(contents, messages)
        live_new, applied = add_contents(conn, state, messages, live, staging=state.staging)
        new = live_new + _add_late_ticks(conn, state, batch, late)
        copied = time.monotonic()
        rejects = batch.rejects | applied.rejects
        _add_rejects(conn, messages, rejects)
        newest = max(state.newest, contents.newest or OLDEST)
        counts = {
            "rows": new,
            "duplicates": len(contents) - new,
            "late": late_ticks.count(contents, newest),
            "corrections": applied.changed,
        }
        _add_batch(conn, batch, counts | {"rejects": len(rejects)})
        committing = time.monotonic()
    done = time.monotonic()
    state.symbols |= contents.symbols
    state.newest = newest
    state.staging = live_new < len(live)
    return Stored(
        **counts,
        rejects=dict(Counter(reject.reason for reject in rejects.values())),
        seconds=done - batch.started,
        copy_seconds=copied - started,
        commit_seconds=done - committing,
        waiting=len(late),
    )


def lock_offsets(conn: Conn, contents: Contents) -> None:
    """Takes the lock that goes before the transaction's snapshot."""
    cancels = any(isinstance(amendment, Cancel) for amendment in contents.amendments.values())
    _run(conn, "lock_offsets_alone" if cancels else "lock_offsets")


def _advance_offsets(conn: Conn, batch: Batch) -> None:
    advanced = _run(
        conn,
        "advance_offsets",
        topics=[topic for topic, _ in batch.spans],
        partitions=[partition for _, partition in batch.spans],
        firsts=[span.first for span in batch.spans.values()],
        nexts=[span.next for span in batch.spans.values()],
    ).rowcount
    if advanced != len(batch.spans):
        raise OffsetsMoved


def check_floor(conn: Conn, state: State, contents: Contents) -> None:
    """Reads the oldest time kept; raises FloorMoved if the contents reach before it."""
    state.retention_floor = _retention_floor(conn)
    if contents.earliest < state.retention_floor:
        raise FloorMoved


def _retention_floor(conn: Conn) -> str:
    row = _run(conn, "retention_floor").fetchone()
    return rfc3339(row[0]) if row else OLDEST


def add_contents(
    conn: Conn, state: State, messages: Messages, contents: Contents, *, staging: bool
) -> tuple[int, Applied]:
    """Stores ticks and applies amendments; returns how many ticks were new, and what changed.

    Within a piece the order of the two makes no difference, see amendments.py.
    """
    _add_instruments(conn, state, contents)
    pieces = amend.pieces(contents)
    staging = staging or len(pieces) > 1 or amend.may_be_known(conn, contents)
    new, applied = 0, Applied()
    for piece in pieces:
        if piece.parts:
            new += _add_staged(conn, piece) if staging else _add_new(conn, piece)
        if piece.amendments:
            amend.apply(conn, messages, piece.amendments, applied)
    if state.logs_changes and (contents.parts or contents.amendments):
        changes = changes_of(contents)
        _run(conn, "add_candle_changes", **msgspec.structs.asdict(changes))
    return new, applied


def _add_instruments(conn: Conn, state: State, contents: Contents) -> None:
    if unknown := contents.symbols - state.symbols:
        _run(conn, "add_instruments", symbols=sorted(unknown))


def _add_new(conn: Conn, contents: Contents) -> int:
    """Copies ticks into market.ticks; raises UniqueViolation if one is stored already."""
    with conn.cursor() as cursor:
        copy_rows(cursor, TICKS, contents)
    return len(contents)


def _add_staged(conn: Conn, contents: Contents) -> int:
    """Copies ticks by way of a temporary table; returns how many were new."""
    with conn.cursor() as cursor:
        cursor.execute(sql.load("ingest.store", "make_staging"))
        cursor.execute(sql.load("ingest.store", "clear_staging"))  # of the piece before
        copy_rows(cursor, STAGING, contents)
        return cursor.execute(sql.load("ingest.store", "store_staging")).rowcount


def _add_late_ticks(conn: Conn, state: State, batch: Batch, late: late_ticks.LateTicks) -> int:
    """Adds ticks that wait until the batch is stored; returns how many were new."""
    if late:
        _add_instruments(conn, state, batch.contents)
    return late_ticks.add(conn, batch.messages, late)


def _add_rejects(conn: Conn, messages: Messages, rejects: Mapping[int, Reject]) -> None:
    if not rejects:
        return
    with conn.cursor() as cursor:
        cursor.executemany(
            sql.load("ingest.store", "add_reject"),
            [
                msgspec.structs.asdict(messages[index]) | msgspec.structs.asdict(reject)
                for index, reject in rejects.items()
            ],
        )


def _add_batch(conn: Conn, batch: Batch, counts: Mapping[str, int]) -> None:
    offsets = {
        f"{topic} {partition}": [span.first, span.next]
        for (topic, partition), span in batch.spans.items()
    }
    _run(
        conn,
        "add_batch",
        loader=f"{socket.gethostname()} {os.getpid()}",
        offsets=msgspec.json.encode(offsets).decode(),
        oldest=batch.contents.oldest,
        newest=batch.contents.newest,
        seconds=time.monotonic() - batch.started,
        **counts,
    )


def _run(conn: Conn, name: str, **values: Any) -> psycopg.Cursor[Any]:
    return conn.execute(sql.load("ingest.store", name), values)
