"""Ticks that are hours behind the others of their batch: they wait, and are stored apart.

TimescaleDB notes what a transaction changes as one range a chunk, which they would stretch.
"""

import logging
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg

from db import sql
from ingest.batch.columns import Rows, drop, rfc3339, source_of
from ingest.batch.messages import Message, Messages, row_of
from ingest.store.bisect import MEETINGS
from ingest.store.candle_changes import runs

logger = logging.getLogger(__name__)

Conn = psycopg.Connection[Any]
Line = tuple[int, str]  # the place of a message, and its tick as COPY takes it

LATE_SECONDS = 3600
# All but one in ten ticks of a live batch are so close to its newest; history comes spread out.
LIVE_SECONDS = 900
LIVE_SHARE = 10
MOST_RUNS = 100  # of minutes, each a transaction of half a millisecond
MINUTE_LENGTH = len("2026-02-27T12:05")
MOST_TRIES = 20  # of moving; each fails because it met others

COLUMNS = ("ts", "symbol", "source", "price", "size", "bid", "ask", "tick_id", "ord")


def count(rows: Rows, newest: str) -> int:
    """Returns how many ticks are over an hour older than `newest`."""
    before = _before(newest, LATE_SECONDS)
    return sum(part.older_than(before) for part in rows.parts)


def split(rows: Rows) -> tuple[Rows, list[Line]]:
    """Parts a batch of live ticks from those over an hour behind its newest, if these are few.

    The late ones of a message with several ticks stay: it is stored whole or rejected whole.
    """
    newest = rows.newest
    if newest is None or rows.controls:
        return rows, []
    before = _before(newest, LATE_SECONDS)
    if all(part.oldest >= before for part in rows.parts):
        return rows, []
    live_since = _before(newest, LIVE_SECONDS)
    if sum(part.older_than(live_since) for part in rows.parts) * LIVE_SHARE > len(rows):
        return rows, []
    live, late = Rows(), []
    for part in rows.parts:
        piece = Rows([part])
        if part.oldest < before:
            late += _take(piece, before)
        live.parts += piece.parts
    minutes = sorted({line[:MINUTE_LENGTH] for _, line in late})
    return (rows, []) if len(runs(minutes)) > MOST_RUNS else (live, late)


def _take(rows: Rows, before: str) -> list[Line]:
    ticks = Counter(rows.owners)
    lines = zip(rows.owners, rows.lines, strict=True)
    late = [(owner, line) for owner, line in lines if line < before and ticks[owner] == 1]
    drop(rows, {owner for owner, _ in late})
    return late


def add(conn: Conn, messages: Messages, late: list[Line]) -> int:
    """Lets ticks wait, with their messages; returns how many are not stored already."""
    if not late:
        return 0
    ticks = [_message(messages[place]) | _tick(line) for place, line in late]
    values = {"ticks": msgspec.json.encode(ticks).decode()}
    return conn.execute(sql.load("ingest.store", "add_late_ticks"), values).rowcount


def move(conn: Conn) -> bool:
    """Stores the ticks that wait; tells whether that was possible without waiting for long."""
    for _ in range(MOST_TRIES):
        try:
            row = conn.execute(sql.load("ingest.store", "move_late_ticks")).fetchone()
        except MEETINGS:
            continue
        except psycopg.errors.LockNotAvailable as error:
            logger.warning("late ticks wait", extra={"reason": str(error).splitlines()[0]})
            return False
        if row and row[0]:
            logger.info("late ticks refused", extra={"messages": row[0]})
        return True
    return False


def _message(message: Message) -> dict[str, Any]:
    return row_of(message) | {"source_header": source_of(message)}


def _tick(line: str) -> dict[str, str | None]:
    fields = zip(COLUMNS, line.split("\t"), strict=True)
    return {name: None if text == r"\N" else text.replace("\\\\", "\\") for name, text in fields}


def _before(time_text: str, seconds: int) -> str:
    moment = datetime.fromisoformat(time_text).timestamp() - seconds
    return rfc3339(datetime.fromtimestamp(moment, UTC))
