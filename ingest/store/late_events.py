"""Events hours behind the others of their batch wait in ops.late_events, and are stored separately.

TimescaleDB notes the changes of a transaction as one range per chunk, which late events would
stretch.
"""

import logging
from datetime import UTC, datetime
from typing import Any

import msgspec
from psycopg import errors as pg

from db import sql
from ingest.batch.batch import Batch
from ingest.batch.contents import Contents
from ingest.formats.copy_format import values_of
from ingest.formats.events import Event, Quote, Trade, kind_of
from ingest.formats.message import decode_message
from ingest.formats.times import MINUTE_LENGTH, rfc3339, time_text
from ingest.store.candle_changes import runs
from ingest.store.connection import Conn
from ingest.store.errors import CONFLICTS, one_line
from ingest.store.outcome import Outcome

logger = logging.getLogger(__name__)

LATE_SECONDS = 3600
# All but one in ten events of a live batch are so close to its newest; history comes spread out.
LIVE_SECONDS = 900
LIVE_SHARE = 10
MOST_RUNS = 100  # of minutes, each a transaction of half a millisecond
MOST_TRIES = 20  # of a flush; each fails because it met another transaction

LateEvents = dict[int, Event]  # by the index of their message, which has nothing else


def count(contents: Contents, newest: str) -> int:
    """Returns how many events are over an hour older than `newest`."""
    return contents.count_before(_before(newest, LATE_SECONDS))


def split(batch: Batch) -> tuple[Contents, LateEvents]:
    """Separates events over an hour behind the newest from a live batch, if they are few.

    The late events of a message with several stay: it is stored whole or rejected whole.
    """
    contents = batch.contents
    if batch.holds_late or contents.oldest is None or contents.newest is None:
        return contents, {}
    late_before = _before(contents.newest, LATE_SECONDS)
    if contents.oldest >= late_before or contents.amendments or batch.backfilled:
        return contents, {}
    if contents.count_before(_before(contents.newest, LIVE_SECONDS)) * LIVE_SHARE > len(contents):
        return contents, {}
    late = _single_events(batch, late_before)
    minutes = sorted({time_text(event.us)[:MINUTE_LENGTH] for event in late.values()})
    if len(runs(minutes)) > MOST_RUNS:
        return contents, {}
    return contents.without(late), late


def _single_events(batch: Batch, late_before: str) -> LateEvents:
    """Decodes messages again, and leaves out those that do not hold exactly one event.

    One that only the fast way could read stays in its batch, where the database refuses it.
    """
    found = {}
    for index in batch.contents.outside({"trade": late_before, "quote": late_before}):
        message = batch.messages[index]
        match decode_message(message.value, message.source, batch.catalog):
            case [Trade() | Quote() as event]:
                found[index] = event
    return found


def add(conn: Conn, batch: Batch, late: LateEvents, outcome: Outcome) -> None:
    """Adds events that wait, with their messages, and counts those that are not stored already."""
    events = [_row(batch, index, event) for index, event in late.items()]
    values = {"events": msgspec.json.encode(events).decode()}
    added = conn.execute(sql.load("ingest.store", "add_late_events"), values).fetchall()
    indexes = {
        (row["topic"], row["partition"], row["offset"]): index
        for row, index in zip(events, late, strict=True)
    }
    for kind, *origin in added:
        outcome.add(kind, 1, [indexes[tuple(origin)]])


def _row(batch: Batch, index: int, event: Event) -> dict[str, Any]:
    message = batch.messages[index]
    return {
        "topic": message.topic,
        "partition": message.partition,
        "offset": message.offset,
        "key": _hex(message.key),
        "value": _hex(message.value),
        "source_header": message.source,
        "kind": kind_of(event),
        **values_of(event, batch.catalog, batch.id),
    }


def _hex(value: bytes | None) -> str | None:
    return None if value is None else rf"\x{value.hex()}"


def flush(conn: Conn) -> bool:
    """Stores the events that wait; returns whether locks allowed that soon enough."""
    for _ in range(MOST_TRIES):
        try:
            row = conn.execute(sql.load("ingest.store", "flush_late_events")).fetchone()
        except CONFLICTS:
            continue
        except pg.LockNotAvailable as error:
            logger.warning("late events wait for a lock", extra={"reason": one_line(error)})
            return False
        if row and row[0]:
            logger.info("late events rejected", extra={"messages": row[0]})
        return True
    return False


def _before(time: str, seconds: int) -> str:
    moment = datetime.fromisoformat(time).timestamp() - seconds
    return rfc3339(datetime.fromtimestamp(moment, UTC))
