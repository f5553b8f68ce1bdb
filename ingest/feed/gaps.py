"""Fills gaps: asks the venue for exactly what is missing, and publishes it as history."""

import importlib
import os
import socket
import threading
from collections.abc import Container, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import msgspec
import psycopg

from db import connect, sql
from ingest.feed.frames import time_of
from ingest.feed.history import Gap, GapStays, History, Rest, Stopped
from ingest.formats.feed_message import FillMessage
from ingest.formats.feed_message import encode as encode_marker
from ingest.formats.native_message import TickMessage, encode
from ingest.kafka import producer, topics
from ingest.kafka.producer import OutgoingMessage
from ingest.kafka.settings import KafkaSettings


class Found(msgspec.Struct, frozen=True):
    """A gap, and whether what the feed itself has sent about it is stored."""

    gap: Gap
    is_settled: bool


class Filled(msgspec.Struct, frozen=True):
    """The outcome of a gap: how many events were published, or why it stays."""

    published: int = 0
    stays: str = ""


def find(
    database_url: str,
    *,
    source: str | None = None,
    symbol: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Found]:
    """Returns the gaps of all series, or of a source or symbol; raises DatabaseAway or -Refused."""
    values = {"source": source, "symbol": symbol, "since": since, "until": until}
    with _connected(database_url) as conn, connect.translated():
        rows = conn.execute(sql.load("ingest.feed", "gaps"), values).fetchall()
    return [Found(Gap(*row[:-1]), row[-1]) for row in rows]


def fill(
    kafka: KafkaSettings,
    database_url: str,
    found: Found,
    stop: threading.Event,
    *,
    url: str = "",
    token: str = "",
    feed: str = "",
    topic: str = topics.BACKFILL,
) -> Filled:
    """Publishes what a gap lacks, and that it is filled.

    A trade that is stored already is not published again. `token` and `feed` are as the feed has
    them. Raises SettingsError, BrokerAway, BrokerRefused, DatabaseAway, DatabaseRefused,
    VenueFailed, Stopped.
    """
    gap, history = found.gap, history_of(found.gap.source)
    read = history.read.get(gap.kind) if history else None
    if history is None or read is None:
        return Filled(stays=f"{gap.source} does not give {gap.kind}s of the past")
    if not found.is_settled:
        return Filled(stays="too recent: what the feed has sent is not stored yet")
    known = _known(database_url, gap)
    given = _Given()
    headers = history.headers(token) if history.headers else None
    with Rest(url or history.url, history.pause, stop, headers, feed) as rest:
        _publish(kafka, topic, _missing(read(rest, gap), gap, known, given), stop)
    stays, since = _stays(gap, known, given)
    if since < gap.until or not stays:
        marker = _marker(gap._replace(since=since), given.count)
        producer.publish(kafka, topic, [marker], stop)
    return Filled(given.count, stays)


class _Given(msgspec.Struct):
    """Events that a venue has given of a gap, noted while it is published: it may be millions."""

    ids: set[str] = set()  # of all, but only if it is known which are missing
    count: int = 0  # of those that were missing
    left: GapStays | None = None


def _missing(
    events: Iterable[TickMessage], gap: Gap, known: Container[str], given: _Given
) -> Iterator[TickMessage]:
    """Yields the events of a gap that are not known, and notes what was given."""
    try:
        for tick in events:
            if gap.first_id is not None:
                given.ids.add(tick.dedupe_id)
            if _is_new(tick, known) and _is_wanted(tick, gap):
                given.count += 1
                yield tick
    except GapStays as left:
        given.left = left


def _stays(gap: Gap, known: set[str], given: _Given) -> tuple[str, datetime]:
    """Returns why a gap stays, empty if it does not, and from when on it is filled."""
    if (left := given.left) is not None:
        return str(left), max(gap.since, left.since or gap.until)
    if (absent := _absent(gap, known | given.ids)) and not _has_both_ends(gap, given.ids):
        trades = f"{absent} of the trades {gap.first_id} to {gap.last_id}"
        return f"{gap.source} did not give {trades}", gap.until
    return "", gap.since


def history_of(source: str) -> History | None:
    """Returns what a source can give of the past, None if nothing."""
    try:
        module = importlib.import_module(f"ingest.sources.{source}")
    except ModuleNotFoundError:
        return None
    return getattr(module, "HISTORY", None)


def _publish(
    kafka: KafkaSettings, topic: str, ticks: Iterable[TickMessage], stop: threading.Event
) -> None:
    """Publishes events as they come, all of which are acknowledged then.

    Raises Stopped if that is unknown. The marker has to wait for this: a publisher that is stopped
    drops what its queue cannot take.
    """
    messages = (OutgoingMessage(tick.symbol, encode(tick)) for tick in ticks)
    if (first := next(messages, None)) is None:
        return
    published = producer.publish(kafka, topic, chain([first], messages), stop)
    if stop.is_set() or published.failures or published.interrupted:
        raise Stopped


def _known(database_url: str, gap: Gap) -> set[str]:
    values = gap._asdict()
    with _connected(database_url) as conn, connect.translated():
        return {id_ for (id_,) in conn.execute(sql.load("ingest.feed", "known_ids"), values)}


def _is_new(tick: TickMessage, known: Container[str]) -> bool:
    """Whether an event is not stored; of a cancel, whether what it cancels is."""
    is_cancel = isinstance(tick.flags, tuple) and "cancel" in tick.flags
    # ids that are unique per exchange are stored together with it
    is_stored = tick.dedupe_id in known or f"{tick.exchange}:{tick.dedupe_id}" in known
    return is_stored == is_cancel


def _is_wanted(tick: TickMessage, gap: Gap) -> bool:
    """Whether an event belongs to a gap: by its id, or if none are known by its time."""
    if gap.first_id is not None and gap.last_id is not None:
        return int(gap.first_id) <= int(tick.dedupe_id) <= int(gap.last_id)
    time = tick.event_time if isinstance(tick.event_time, datetime) else time_of(tick.event_time)
    return gap.since <= time <= gap.until


def _absent(gap: Gap, ids: Iterable[str]) -> int:
    """Returns how many of the ids of a gap are not among those that are there."""
    if gap.first_id is None or gap.last_id is None:
        return 0
    first, last = int(gap.first_id), int(gap.last_id)
    present = {int(one) for one in ids if one.isdecimal()}
    return last - first + 1 - sum(first <= one <= last for one in present)


def _has_both_ends(gap: Gap, ids: Container[str]) -> bool:
    """Whether the venue gave the trades around a gap: what is not between them never was.

    A venue that begins a new sequence leaves out numbers. That the feed brought them says nothing:
    it always did.
    """
    assert gap.first_id is not None
    assert gap.last_id is not None
    return str(int(gap.first_id) - 1) in ids and str(int(gap.last_id) + 1) in ids


def _marker(gap: Gap, count: int) -> OutgoingMessage:
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    marker = FillMessage(
        source=gap.source,
        session=f"fill/{gap.source}/{socket.gethostname()}/{os.getpid()}/{moment}",
        symbol=gap.symbol,
        event_kind=gap.kind,
        since=gap.since,
        until=gap.until,
        reason=f"{count} events published",
    )
    return OutgoingMessage(gap.symbol, encode_marker(marker))


def _connected(database_url: str) -> psycopg.Connection[Any]:
    return connect.connect(
        database_url, application_name="stockpulse gaps", autocommit=True, role="stockpulse_owner"
    )
