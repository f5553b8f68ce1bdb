"""Applies what messages say about stored ticks: corrected, cancelled, or a range sent anew.

Part of the transaction that stores the batch; the database's functions do the work.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import msgspec
import psycopg

from db import sql
from ingest.batch.columns import Rows, drop, ord_of, time_of
from ingest.batch.messages import Message, Messages
from ingest.formats.amendments import Cancel, Control, Correction, End, Replacement
from ingest.formats.tick import Reject, Tick

Conn = psycopg.Connection[Any]

INCOMPLETE = "batch incomplete"


class Applied(msgspec.Struct):
    """How many ticks are not what they were, and the batches that lack some of theirs."""

    changed: int = 0
    rejects: dict[int, Reject] = {}


def pieces(rows: Rows) -> Iterator[Rows]:
    """Cuts a batch behind each end of a replacement: ticks that follow it are to stay."""
    ends = [place for place, control in rows.controls.items() if _replaces(control)]
    if not ends:
        yield rows
        return
    places = {*rows.owners, *rows.controls}
    for first, last in zip([-1, *ends], [*ends, max(places)], strict=True):
        piece = Rows(rows.parts, controls=rows.controls)
        drop(piece, {place for place in places if not first < place <= last})
        yield piece


def apply(
    conn: Conn, messages: Messages, controls: Mapping[int, Control], applied: Applied
) -> None:
    """Applies the controls at their messages' places, in order, and adds up what came of it."""
    for kind, run in groupby(controls.items(), lambda item: _kind(item[1])):
        _APPLY[kind](conn, messages, dict(run), applied)


def meet_known(conn: Conn, rows: Rows) -> bool:
    """Tells whether ticks may be among `rows` that were cancelled before they came, or wait."""
    if rows.oldest is None:
        return False
    values = {"oldest": rows.oldest, "newest": rows.newest}
    row = conn.execute(sql.load("ingest.store", "any_known"), values).fetchone()
    return row == (True,)


def refused_ends(rows: Rows, reason: Reject) -> dict[int, Reject]:
    """Returns a reject for each end of a replacement: the batch behind it is at fault."""
    return {place: reason for place, control in rows.controls.items() if _replaces(control)}


def _replaces(control: Control) -> bool:
    return isinstance(control, End) and control.replace


def _kind(control: Control) -> str:
    if isinstance(control, Correction | Cancel):
        return "amend"
    if isinstance(control, Replacement):
        return "stage"
    return "replace" if control.replace else "check"


def _amend(conn: Conn, messages: Messages, run: Mapping[int, Control], applied: Applied) -> None:
    amendments = [_amendment(messages[place], control) for place, control in run.items()]
    values = {"amendments": msgspec.json.encode(amendments).decode()}
    row = conn.execute(sql.load("ingest.store", "correct_ticks"), values).fetchone()
    assert row is not None
    applied.changed += row[0]


def _amendment(message: Message, control: Control) -> dict[str, Any]:
    place = {
        "topic": message.topic(),
        "partition": message.partition(),
        "offset": message.offset(),
    }
    if isinstance(control, Cancel):
        identity = {
            "ts": time_of(control.us),
            "symbol": control.symbol,
            "source": control.source,
            "tick_id": control.tick_id,
        }
        return {"action": "cancel", **place, **identity}
    assert isinstance(control, Correction)
    return {"action": "correct", **place, **_columns(control.tick, message.offset())}


def _columns(tick: Tick, offset: int) -> dict[str, Any]:
    numbers = {"price": tick.price, "size": tick.size, "bid": tick.bid, "ask": tick.ask}
    return {
        "ts": time_of(tick.us),
        "symbol": tick.symbol,
        "source": tick.source,
        "tick_id": tick.tick_id,
        "ord": ord_of(tick, offset),
        **{name: None if n is None else format(n, "f") for name, n in numbers.items()},
    }


def _stage(conn: Conn, messages: Messages, run: Mapping[int, Control], _applied: Applied) -> None:
    # A tick that is in there twice keeps its last values, as one statement can set it only once.
    staged = {}
    for place, control in run.items():
        assert isinstance(control, Replacement)
        tick = control.tick
        row = {"batch": control.batch, **_columns(tick, messages[place].offset())}
        staged[control.batch, tick.symbol, tick.source, tick.us, tick.tick_id] = row
    values = {"ticks": msgspec.json.encode(list(staged.values())).decode()}
    conn.execute(sql.load("ingest.store", "stage_replacements"), values)


def _replace(conn: Conn, messages: Messages, run: Mapping[int, Control], applied: Applied) -> None:
    for place, end in run.items():
        assert isinstance(end, End)
        values = {**_range(end), "batch": end.batch}
        row = conn.execute(sql.load("ingest.store", "count_replacements"), values).fetchone()
        assert row is not None
        if row[0] != end.rows:
            applied.rejects[place] = Reject(INCOMPLETE, f"{row[0]} of {end.rows} ticks came")
            continue
        message = messages[place]
        values |= {
            "topic": message.topic(),
            "partition": message.partition(),
            "offset": message.offset(),
        }
        row = conn.execute(sql.load("ingest.store", "replace_ticks"), values).fetchone()
        assert row is not None
        applied.changed += row[0]


def _check(conn: Conn, _messages: Messages, run: Mapping[int, Control], applied: Applied) -> None:
    """More ticks than a batch brought are fine: others may have come before."""
    for place, end in run.items():
        assert isinstance(end, End)
        row = conn.execute(sql.load("ingest.store", "count_ticks"), _range(end)).fetchone()
        assert row is not None
        if row[0] < end.rows:
            applied.rejects[place] = Reject(INCOMPLETE, f"{row[0]} of {end.rows} ticks are stored")


def _range(end: End) -> dict[str, Any]:
    return {
        "symbol": end.symbol,
        "source": end.source,
        "from_ts": time_of(end.us),
        "to_ts": time_of(end.until),
    }


_APPLY = {"amend": _amend, "stage": _stage, "replace": _replace, "check": _check}
