"""Applies amendments to stored events: corrections, cancels, and ranges that are sent again.

Part of the transaction that stores the batch; the database's functions do the work.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import msgspec

from db import sql
from ingest.batch.batch import Batch
from ingest.batch.contents import Amendments, Contents, replaces
from ingest.batch.messages import Record
from ingest.formats.amendments import Amendment, BatchEnd, Cancel, Correction, Replacement
from ingest.formats.copy_format import values_of
from ingest.formats.events import Reject, kind_of
from ingest.formats.times import time_text
from ingest.store.connection import Conn
from ingest.store.outcome import Outcome

INCOMPLETE = "batch incomplete"

Run = Sequence[tuple[int, Any]]  # amendments of one sort, each with the index of its message


def pieces(contents: Contents) -> list[Contents]:
    """Cuts a batch behind each end of a replacement: events that follow it are to stay."""
    ends = [index for index, some in contents.amendments.items() if any(map(replaces, some))]
    if not ends:
        return [contents]
    last = max(contents.indexes)
    cuts = zip([-1, *ends], [*ends, last], strict=True)
    return [contents.only(range(before + 1, end + 1)) for before, end in cuts]


def apply(conn: Conn, batch: Batch, amendments: Amendments, outcome: Outcome) -> None:
    """Applies amendments, given by the indexes of their messages, and adds up the outcome."""
    each = [(index, one) for index, some in amendments.items() for one in some]
    for sort, run in groupby(each, lambda item: _sort(item[1])):
        _APPLY[sort](conn, batch, list(run), outcome)


def _sort(amendment: Amendment) -> str:
    if isinstance(amendment, Correction | Cancel):
        return "correct"
    if isinstance(amendment, Replacement):
        return "stage"
    return "replace" if amendment.replace else "count"


def _correct(conn: Conn, batch: Batch, run: Run, outcome: Outcome) -> None:
    """Corrects and cancels; those that came before, or name a dead event, do nothing."""
    amendments = [_correction(batch, index, amendment) for index, amendment in run]
    values = {"amendments": msgspec.json.encode(amendments).decode()}
    row = conn.execute(sql.load("ingest.store", "amend"), values).fetchone()
    assert row is not None
    known = set(row[0])
    outcome.amended |= {index for place, (index, _) in enumerate(run) if place not in known}


def _correction(batch: Batch, index: int, amendment: Correction | Cancel) -> dict[str, Any]:
    origin = {**_origin(batch.messages[index]), "batch": batch.id, "amends": amendment.amends}
    if isinstance(amendment, Cancel):
        identity = {
            "kind": amendment.kind,
            "ts": time_text(amendment.us),
            "symbol": amendment.symbol,
            "source": amendment.source,
            "tick_id": amendment.tick_id,
        }
        return {"action": "cancel", **origin, **identity}
    event = amendment.event
    values = values_of(event, batch.catalog, batch.id)
    return {"action": "correct", "kind": kind_of(event), **origin, **values}


def _origin(message: Record) -> dict[str, Any]:
    return {"topic": message.topic, "partition": message.partition, "offset": message.offset}


def _stage(conn: Conn, batch: Batch, run: Run, outcome: Outcome) -> None:
    # Of an event that comes twice the last values count, as one statement can set it only once.
    staged = {}
    for _, amendment in run:
        event = amendment.event
        row = {
            "batch_name": amendment.batch_name,
            "kind": kind_of(event),
            **values_of(event, batch.catalog, batch.id),
        }
        key = row["batch_name"], row["kind"], event.symbol, event.source, event.us, event.tick_id
        staged[key] = row
    values = {"events": msgspec.json.encode(list(staged.values())).decode()}
    conn.execute(sql.load("ingest.store", "stage_replacements"), values)
    outcome.amended |= {index for index, _ in run}


def _replace(conn: Conn, batch: Batch, run: Run, outcome: Outcome) -> None:
    for index, end in run:
        values = {**_range(end), "batch_name": end.batch_name}
        row = conn.execute(sql.load("ingest.store", "count_replacements"), values).fetchone()
        assert row is not None
        if row[0] != end.rows:
            outcome.rejects[index] = Reject(INCOMPLETE, f"{row[0]} of {end.rows} {end.kind}s came")
            continue
        values |= {**_origin(batch.messages[index]), "batch": batch.id}
        conn.execute(sql.load("ingest.store", "replace_range"), values)
        outcome.amended.add(index)
        outcome.complete.append(end)


def _count(conn: Conn, _batch: Batch, run: Run, outcome: Outcome) -> None:
    """Rejects ends of batches of which events are missing; more are fine, from earlier batches."""
    for index, end in run:
        row = conn.execute(sql.load("ingest.store", "count_events"), _range(end)).fetchone()
        assert row is not None
        if row[0] < end.rows:
            detail = f"{row[0]} of {end.rows} {end.kind}s are stored"
            outcome.rejects[index] = Reject(INCOMPLETE, detail)
        else:
            outcome.checked.add(index)
            outcome.complete.append(end)


def _range(end: BatchEnd) -> dict[str, Any]:
    return {
        "kind": end.kind,
        "symbol": end.symbol,
        "source": end.source,
        "since": time_text(end.us),
        "until": time_text(end.until),
    }


_APPLY = {"correct": _correct, "stage": _stage, "replace": _replace, "count": _count}
