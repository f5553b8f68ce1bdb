"""The loader's transaction: a batch's events, rejects and offsets are stored together or not."""

import os
import socket
import time
from collections.abc import Mapping
from typing import Any

import msgspec
import psycopg

from db import edition, sql
from ingest.batch.age import AgeLimits, floors_of, held_of
from ingest.batch.batch import Batch
from ingest.batch.contents import replaces
from ingest.batch.messages import Messages
from ingest.formats.amendments import Cancel, Correction
from ingest.formats.events import Reject
from ingest.formats.times import OLDEST
from ingest.store import age_limits, catalog, changes, late_events
from ingest.store.add import add_contents, add_names
from ingest.store.changes import Range
from ingest.store.connection import Conn
from ingest.store.outcome import Counts, Outcome, count
from ingest.store.state import State


class OffsetsMoved(Exception):
    """Another loader has stored messages of this batch: the offsets are not where it begins."""


class TooOld(Exception):
    """The batch reaches before a limit."""

    def __init__(self, limits: AgeLimits) -> None:
        super().__init__()
        self.limits = limits


class RulesMoved(Exception):
    """The rules by which the batch was decoded have changed."""


class Stored(msgspec.Struct, frozen=True):
    """The outcome of a batch: rows of trades and quotes, and its messages, each counted once."""

    trades: int
    quotes: int
    messages: int
    stored: int  # of which at least one event or bar is new
    duplicates: int
    amended: int  # that correct, cancel or replace events, or change bars
    rejects: dict[str, int]  # by reason
    ignored: dict[str, int]  # by reason
    late: int  # events over an hour older than the newest
    seconds: float  # from the batch's first message to its commit
    copy_seconds: float
    commit_seconds: float
    bars: int = 0  # rows of bars of vendors
    waiting: int = 0  # late events that are still to be moved to their hypertables
    lag_messages: int = 0  # left in the loader's partitions
    too_late: dict[str, int] = {}  # messages rejected for their age, by the sentence that says why

    @property
    def rows(self) -> int:
        return self.trades + self.quotes


def read_state(conn: Conn) -> State:
    edition.check(conn)
    known = catalog.read(conn)
    return State(
        logs_changes=edition.read(conn).kind == "apache",
        catalog=known,
        sources=set(known.sources),
    )


def store(conn: Conn, state: State, batch: Batch) -> Stored:
    """Stores a batch and advances its offsets, or raises and leaves everything as it was.

    Raises OffsetsMoved, TooOld, RulesMoved, or the driver's errors.
    """
    contents = batch.contents
    with conn.transaction():
        lock_offsets(conn, batch)
        _advance_offsets(conn, batch)
        check_limits(conn, batch)
        started = time.monotonic()
        live, late = (contents, {}) if state.logs_changes else late_events.split(batch)
        outcome = Outcome()
        add_contents(conn, state, batch, live, outcome, staging=state.staging)
        has_known = sum(outcome.rows.values()) < len(live)
        ranges = changes.ranges_of(live, batch.id, outcome.rows)
        if late:
            add_names(conn, state, contents)
            late_events.add(conn, batch, late, outcome)
        copied = time.monotonic()
        add_rejects(conn, batch.messages, batch.rejects | outcome.rejects)
        newest = max(state.newest, contents.newest or OLDEST)
        counts = count(batch, outcome)
        late_count = late_events.count(contents, newest)
        add_batch(conn, batch, outcome, counts, ranges, late_count)
        committing = time.monotonic()
    done = time.monotonic()
    state.symbols |= contents.symbols
    state.sources |= contents.sources
    state.newest = newest
    state.staging = has_known
    return Stored(
        trades=outcome.rows["trade"],
        quotes=outcome.rows["quote"],
        **msgspec.structs.asdict(counts),
        late=late_count,
        seconds=done - batch.started,
        copy_seconds=copied - started,
        commit_seconds=done - committing,
        bars=outcome.bars,
        waiting=len(late),
        too_late=dict(batch.too_late),
    )


def lock_offsets(conn: Conn, batch: Batch) -> None:
    """Takes the lock that goes before the transaction's snapshot.

    A batch that changes stored events, or may hold them at another precision, is stored alone.
    """
    amendments = (one for some in batch.contents.amendments.values() for one in some)
    changes = any(replaces(one) or isinstance(one, Correction | Cancel) for one in amendments)
    _run(conn, "lock_offsets_alone" if changes or batch.backfilled else "lock_offsets")


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


def check_limits(conn: Conn, batch: Batch) -> None:
    """Reads the version of the rules, and how old an event may be.

    Raises RulesMoved if the batch was decoded by others, TooOld if it reaches too far back.
    """
    version, limits = age_limits.read(conn)
    if version != batch.catalog.version:
        raise RulesMoved
    if batch.contents.outside(floors_of(limits), held=held_of(limits)):
        raise TooOld(limits)


def add_rejects(conn: Conn, messages: Messages, rejects: Mapping[int, Reject]) -> None:
    """Stores rejected messages with their bytes."""
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


def add_batch(
    conn: Conn,
    batch: Batch,
    outcome: Outcome,
    counts: Counts,
    ranges: list[Range],
    late: int = 0,
) -> None:
    """Adds the row of ops.load_batches whose id the rows of the batch carry, and logs `ranges`."""
    offsets = {
        f"{topic} {partition}": [span.first, span.next]
        for (topic, partition), span in batch.spans.items()
    }
    reasons = msgspec.json.encode(counts.ignored).decode() if counts.ignored else None
    _run(
        conn,
        "add_batch",
        id=batch.id,
        loader=f"{socket.gethostname()} {os.getpid()}",
        offsets=msgspec.json.encode(offsets).decode(),
        messages=counts.messages,
        stored=counts.stored,
        duplicates=counts.duplicates,
        amended=counts.amended,
        rejected=sum(counts.rejects.values()),
        ignored=sum(counts.ignored.values()),
        trades=outcome.rows["trade"],
        quotes=outcome.rows["quote"],
        bars=outcome.bars,
        late=late,
        ignored_reasons=reasons,
        oldest=batch.contents.oldest,
        newest=batch.contents.newest,
        seconds=time.monotonic() - batch.started,
        ranges=msgspec.json.encode(ranges).decode() if ranges else None,
    )


def _run(conn: Conn, name: str, **values: Any) -> psycopg.Cursor[Any]:
    return conn.execute(sql.load("ingest.store", name), values)
