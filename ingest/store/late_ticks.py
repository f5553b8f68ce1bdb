"""Ticks hours behind the others of their batch wait in ops.late_ticks, and are stored separately.

TimescaleDB notes the changes of a transaction as one range per chunk, which late ticks would
stretch.
"""

import logging
from datetime import UTC, datetime
from typing import Any

import msgspec
from psycopg import errors as pg

from db import sql
from ingest.batch.contents import Contents
from ingest.batch.messages import Messages
from ingest.formats.copy_format import values_of
from ingest.formats.decode import decode_message
from ingest.formats.tick import Tick
from ingest.formats.times import MINUTE_LENGTH, rfc3339, time_text
from ingest.store.candle_changes import runs
from ingest.store.connection import Conn
from ingest.store.errors import CONFLICTS, one_line

logger = logging.getLogger(__name__)

LATE_SECONDS = 3600
# All but one in ten ticks of a live batch are so close to its newest; history comes spread out.
LIVE_SECONDS = 900
LIVE_SHARE = 10
MOST_RUNS = 100  # of minutes, each a transaction of half a millisecond
MOST_TRIES = 20  # of a flush; each fails because it met another transaction

LateTicks = dict[int, Tick]  # by the index of their message, which has no other tick


def count(contents: Contents, newest: str) -> int:
    """Returns how many ticks are over an hour older than `newest`."""
    return contents.count_before(_before(newest, LATE_SECONDS))


def split(contents: Contents, messages: Messages) -> tuple[Contents, LateTicks]:
    """Separates ticks over an hour behind the newest from a live batch, if they are few.

    The late ticks of a message with several stay: it is stored whole or rejected whole.
    """
    if contents.oldest is None or contents.newest is None or contents.amendments:
        return contents, {}
    late_before = _before(contents.newest, LATE_SECONDS)
    if contents.oldest >= late_before:
        return contents, {}
    if contents.count_before(_before(contents.newest, LIVE_SECONDS)) * LIVE_SHARE > len(contents):
        return contents, {}
    late = _single_ticks(messages, contents.outside(late_before))
    minutes = sorted({time_text(tick.us)[:MINUTE_LENGTH] for tick in late.values()})
    if len(runs(minutes)) > MOST_RUNS:
        return contents, {}
    return contents.without(late), late


def _single_ticks(messages: Messages, indexes: dict[int, str]) -> LateTicks:
    """Decodes messages again, and leaves out those that do not hold exactly one tick.

    One that only the fast way could read stays in its batch, where the database refuses it.
    """
    found = {}
    for index in indexes:
        decoded = decode_message(messages[index].value, messages[index].source)
        if isinstance(decoded, list) and len(decoded) == 1:
            found[index] = decoded[0]
    return found


def add(conn: Conn, messages: Messages, late: LateTicks) -> int:
    """Adds ticks that wait, with their messages; returns how many are not stored already."""
    if not late:
        return 0
    ticks = [_row(messages, index, tick) for index, tick in late.items()]
    values = {"ticks": msgspec.json.encode(ticks).decode()}
    return conn.execute(sql.load("ingest.store", "add_late_ticks"), values).rowcount


def _row(messages: Messages, index: int, tick: Tick) -> dict[str, Any]:
    message = messages[index]
    return {
        "topic": message.topic,
        "partition": message.partition,
        "offset": message.offset,
        "key": _hex(message.key),
        "value": _hex(message.value),
        "source_header": message.source,
        **values_of(tick, message.offset),
    }


def _hex(value: bytes | None) -> str | None:
    return None if value is None else rf"\x{value.hex()}"


def flush(conn: Conn) -> bool:
    """Stores the ticks that wait; returns whether locks allowed that soon enough."""
    for _ in range(MOST_TRIES):
        try:
            row = conn.execute(sql.load("ingest.store", "flush_late_ticks")).fetchone()
        except CONFLICTS:
            continue
        except pg.LockNotAvailable as error:
            logger.warning("late ticks wait for a lock", extra={"reason": one_line(error)})
            return False
        if row and row[0]:
            logger.info("late ticks rejected", extra={"messages": row[0]})
        return True
    return False


def _before(time: str, seconds: int) -> str:
    moment = datetime.fromisoformat(time).timestamp() - seconds
    return rfc3339(datetime.fromtimestamp(moment, UTC))
