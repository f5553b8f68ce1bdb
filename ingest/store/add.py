"""Adds a batch's contents to the database: events, amendments, markers, bars, what they change."""

from typing import Any, get_args

import msgspec
import psycopg

from db import sql
from ingest.batch.batch import Batch
from ingest.batch.contents import Contents
from ingest.formats.events import Kind
from ingest.store import amend, bars, feed
from ingest.store.candle_changes import changes_of, minutes_of
from ingest.store.connection import Conn
from ingest.store.copy_rows import add_new, add_staged
from ingest.store.outcome import Outcome
from ingest.store.state import State


def add_contents(
    conn: Conn, state: State, batch: Batch, contents: Contents, outcome: Outcome, *, staging: bool
) -> None:
    """Stores events and applies amendments of messages of the batch, and adds up the outcome.

    Within a piece the order of the two makes no difference, see amendments.py. Markers of feeds
    come after them, as they are about events before them, and bars, which are about no event, last.
    """
    add_names(conn, state, contents)
    pieces = amend.pieces(contents)
    refill = bool(batch.backfilled)
    staging = staging or refill or len(pieces) > 1 or _meets(conn, contents)
    for piece in pieces:
        if piece.parts and staging:
            add_staged(conn, piece, outcome, refill=refill)
        elif piece.parts:
            add_new(conn, piece, outcome)
        if piece.amendments:
            amend.apply(conn, batch, piece.amendments, outcome)
    feed.add(conn, batch, contents.markers, outcome)
    bars.add(conn, batch, contents.bars, outcome)
    if state.logs_changes:
        _log_changes(conn, contents)
    _log_bar_changes(conn, contents)


def add_names(conn: Conn, state: State, contents: Contents) -> None:
    """Adds unknown instruments and sources."""
    if symbols := contents.symbols - state.symbols:
        _run(conn, "add_instruments", symbols=sorted(symbols))
    if sources := contents.sources - state.sources:
        _run(conn, "add_sources", sources=sorted(sources))


def _meets(conn: Conn, contents: Contents) -> bool:
    """Returns whether some of the events may be known, dead, amended, or there at another time."""
    if contents.oldest is None:
        return False
    row = _run(
        conn,
        "meets_known",
        oldest=contents.oldest,
        newest=contents.newest,
        symbols=sorted(contents.symbols),
    ).fetchone()
    return row == (True,)


def _log_changes(conn: Conn, contents: Contents) -> None:
    for kind in get_args(Kind):
        changes = changes_of(contents, kind)
        if changes.symbols:
            values = msgspec.structs.asdict(changes)
            _run(conn, "add_candle_changes", kind=f"{kind}s", **values)


def _log_bar_changes(conn: Conn, contents: Contents) -> None:
    if _run(conn, "publishes_bars").fetchone() == (True,) and (ranges := minutes_of(contents)):
        sinces, untils = zip(*ranges, strict=True)
        _run(conn, "add_bar_changes", since=list(sinces), until=list(untils))


def _run(conn: Conn, name: str, **values: Any) -> psycopg.Cursor[Any]:
    return conn.execute(sql.load("ingest.store", name), values)
