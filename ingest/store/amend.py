"""Applies amendments to stored ticks: corrections, cancels, and ranges that are sent again.

Part of the transaction that stores the batch; the database's functions do the work.
"""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import msgspec

from db import sql
from ingest.batch.contents import Contents
from ingest.batch.messages import Messages, Record
from ingest.formats.amendments import Amendment, BatchEnd, Cancel, Correction, Replacement
from ingest.formats.copy_format import values_of
from ingest.formats.tick import Reject
from ingest.formats.times import time_text
from ingest.store.connection import Conn

INCOMPLETE = "batch incomplete"


class Applied(msgspec.Struct):
    """Count of stored ticks that changed, and rejects of batches that lack some of their ticks."""

    changed: int = 0
    rejects: dict[int, Reject] = {}


def pieces(contents: Contents) -> list[Contents]:
    """Cuts a batch behind each end of a replacement: ticks that follow it are to stay."""
    ends = [index for index, amendment in contents.amendments.items() if _replaces(amendment)]
    if not ends:
        return [contents]
    last = max(contents.indexes)
    cuts = zip([-1, *ends], [*ends, last], strict=True)
    return [contents.only(range(before + 1, end + 1)) for before, end in cuts]


def apply(
    conn: Conn, messages: Messages, amendments: Mapping[int, Amendment], applied: Applied
) -> None:
    """Applies amendments, given by the indexes of their messages, and adds up the outcome."""
    for kind, run in groupby(amendments.items(), lambda item: _kind(item[1])):
        _APPLY[kind](conn, messages, dict(run), applied)


def may_be_known(conn: Conn, contents: Contents) -> bool:
    """Returns whether some of the ticks may have been cancelled before they came, or be waiting."""
    if contents.oldest is None:
        return False
    values = {"oldest": contents.oldest, "newest": contents.newest}
    row = conn.execute(sql.load("ingest.store", "any_cancelled_or_late"), values).fetchone()
    return row == (True,)


def rejected_ends(contents: Contents, reject: Reject) -> dict[int, Reject]:
    """Returns the reject for each end of a replacement: the batch before it is at fault."""
    return {index: reject for index, one in contents.amendments.items() if _replaces(one)}


def _replaces(amendment: Amendment) -> bool:
    return isinstance(amendment, BatchEnd) and amendment.replace


def _kind(amendment: Amendment) -> str:
    if isinstance(amendment, Correction | Cancel):
        return "correct"
    if isinstance(amendment, Replacement):
        return "stage"
    return "replace" if amendment.replace else "count"


def _correct(
    conn: Conn, messages: Messages, run: Mapping[int, Amendment], applied: Applied
) -> None:
    amendments = [_correction(messages[index], amendment) for index, amendment in run.items()]
    values = {"amendments": msgspec.json.encode(amendments).decode()}
    row = conn.execute(sql.load("ingest.store", "correct_ticks"), values).fetchone()
    assert row is not None
    applied.changed += row[0]


def _correction(message: Record, amendment: Amendment) -> dict[str, Any]:
    if isinstance(amendment, Cancel):
        identity = {
            "ts": time_text(amendment.us),
            "symbol": amendment.symbol,
            "source": amendment.source,
            "tick_id": amendment.tick_id,
        }
        return {"action": "cancel", **_origin(message), **identity}
    assert isinstance(amendment, Correction)
    values = values_of(amendment.tick, message.offset)
    return {"action": "correct", **_origin(message), **values}


def _origin(message: Record) -> dict[str, Any]:
    return {"topic": message.topic, "partition": message.partition, "offset": message.offset}


def _stage(conn: Conn, messages: Messages, run: Mapping[int, Amendment], _applied: Applied) -> None:
    # Of a tick that comes twice the last values count, as one statement can set it only once.
    staged = {}
    for index, amendment in run.items():
        assert isinstance(amendment, Replacement)
        tick = amendment.tick
        row = {"batch": amendment.batch, **values_of(tick, messages[index].offset)}
        staged[amendment.batch, tick.symbol, tick.source, tick.us, tick.tick_id] = row
    values = {"ticks": msgspec.json.encode(list(staged.values())).decode()}
    conn.execute(sql.load("ingest.store", "stage_replacements"), values)


def _replace(
    conn: Conn, messages: Messages, run: Mapping[int, Amendment], applied: Applied
) -> None:
    for index, end in run.items():
        assert isinstance(end, BatchEnd)
        values = {**_range(end), "batch": end.batch}
        row = conn.execute(sql.load("ingest.store", "count_replacements"), values).fetchone()
        assert row is not None
        if row[0] != end.rows:
            applied.rejects[index] = Reject(INCOMPLETE, f"{row[0]} of {end.rows} ticks came")
            continue
        values |= _origin(messages[index])
        row = conn.execute(sql.load("ingest.store", "replace_ticks"), values).fetchone()
        assert row is not None
        applied.changed += row[0]


def _count(conn: Conn, _messages: Messages, run: Mapping[int, Amendment], applied: Applied) -> None:
    """Rejects ends of batches of which ticks are missing; more are fine, from earlier batches."""
    for index, end in run.items():
        assert isinstance(end, BatchEnd)
        row = conn.execute(sql.load("ingest.store", "count_ticks"), _range(end)).fetchone()
        assert row is not None
        if row[0] < end.rows:
            applied.rejects[index] = Reject(INCOMPLETE, f"{row[0]} of {end.rows} ticks are stored")


def _range(end: BatchEnd) -> dict[str, Any]:
    return {
        "symbol": end.symbol,
        "source": end.source,
        "from_ts": time_text(end.us),
        "to_ts": time_text(end.until),
    }


_APPLY = {"correct": _correct, "stage": _stage, "replace": _replace, "count": _count}
