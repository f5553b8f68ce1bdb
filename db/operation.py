"""State of loaders, feeds, candles and sizes, as market.operation_status() has it."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import psycopg

from db import sql

Time = Annotated[datetime, msgspec.Meta(tz=True)]


class Topic(msgspec.Struct, frozen=True):
    """A topic that loaders have stored: its partitions, and when its last batch was stored."""

    topic: str
    partitions: int
    stored_at: Time


class Loading(msgspec.Struct, frozen=True):
    """Work of loaders in the last day, messages by outcome, and in their last batch.

    last_batch_delay_seconds: from the newest event of the batch to its commit.
    """

    last_batch_at: Time | None
    last_batch_messages: int | None
    last_batch_seconds: float | None
    last_batch_delay_seconds: float | None
    newest_event_at: Time | None
    trades_last_minute: int
    quotes_last_minute: int
    messages: int
    stored: int
    duplicates: int
    amended: int
    rejected: int
    ignored: int
    waiting_amendments: int
    topics: list[Topic]


class RejectReason(msgspec.Struct, frozen=True):
    """Messages that were rejected for one reason, and when the newest of them was."""

    reason: str
    messages: int
    newest_at: Time


class Rejects(msgspec.Struct, frozen=True):
    """Messages in ops.rejects, since when, and the reasons of the newest 10,000."""

    messages: int
    oldest_at: Time | None
    reasons: list[RejectReason]


class Source(msgspec.Struct, frozen=True):
    """A source of the last week, and its feed if it had one in the last day.

    newest_event_at: among the 50 symbols of each venue that were stored last. gaps: their number
    in the last day. is_closed: the markets of all its series are.
    """

    source: str
    newest_event_at: Time | None
    open_sessions: int
    newest_marker_at: Time | None
    gaps: int
    is_closed: bool


class FeedGap(msgspec.Struct, frozen=True):
    """A gap of the last day: how many series have it, and the first of them."""

    source: str
    kind: Literal["trade", "quote"]
    start: Time
    end: Time
    reason: str
    series: int
    symbol: str


class Feeds(msgspec.Struct, frozen=True):
    """Sources, and the newest 100 gaps; left_out: series that may have gaps and were not read."""

    sources: list[Source]
    gaps: list[FeedGap]
    left_out: int


class History(msgspec.Struct, frozen=True):
    """The newest run of a kind that keeps a history up to date.

    result: what it did; why it failed is only for those who may read ops.
    """

    history: str
    kind: str
    state: str
    ran_at: Time
    next_at: Time
    result: str | None


class Behind(msgspec.Struct, frozen=True):
    """A relation of candles that is behind its events, in so many ranges from start to end."""

    relation: str
    ranges: int
    start: Time
    end: Time


class Verified(msgspec.Struct, frozen=True):
    """The last comparison of candles with their events."""

    at: Time
    candles: int
    mismatches: int


class Candles(msgspec.Struct, frozen=True):
    """State of the stored candles."""

    pending: list[Behind]
    verified: Verified | None


class Relation(msgspec.Struct, frozen=True):
    """Size of a relation; the planner estimates its rows. bytes is null while a chunk is locked."""

    relation: str
    rows: int
    chunks: int
    bytes: int | None


class Job(msgspec.Struct, frozen=True):
    """A job of TimescaleDB and its last run; only the Community edition has some."""

    job: str
    relation: str | None
    outcome: str | None
    ran_at: Time | None
    next_at: Time | None
    failures: int


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one database, at one time."""

    at: Time
    edition: Literal["community", "apache"]
    timescaledb: str
    postgresql: str
    is_replica: bool
    loading: Loading
    rejects: Rejects
    feeds: Feeds
    histories: list[History]
    candles: Candles
    relations: list[Relation]
    database_bytes: int
    jobs: list[Job]


def read(conn: psycopg.Connection[Any]) -> Operation:
    """Returns the state of the database; gaps are looked for in every series.

    For roles that may read ops. Raises psycopg.Error if the schema is not there.
    """
    row = conn.execute(sql.load("db", "operation")).fetchone()
    assert row is not None
    return msgspec.json.decode(row[0], type=Operation)
