"""Adds markers of feeds to the ledger of gaps, and the ranges of batches that are complete."""

from typing import Any

import msgspec

from db import sql
from ingest.batch.batch import Batch
from ingest.batch.contents import Markers
from ingest.batch.messages import Record
from ingest.formats.amendments import BatchEnd
from ingest.formats.feed import Marker
from ingest.formats.times import time_text
from ingest.store.connection import Conn
from ingest.store.outcome import Outcome


def add(conn: Conn, batch: Batch, markers: Markers, outcome: Outcome) -> None:
    """Adds markers, given by the indexes of their messages, and the batches in outcome.complete.

    Part of the transaction that stores the events before them. A message that is rejected for an
    event adds nothing.
    """
    taken = {index: some for index, some in markers.items() if index not in outcome.rejects}
    outcome.marked |= taken.keys()
    rows = [_row(batch.messages[index], one) for index, some in taken.items() for one in some]
    rows += map(_fill, outcome.complete)
    if rows:
        values = {"markers": msgspec.json.encode(rows).decode()}
        conn.execute(sql.load("ingest.store", "add_feed_markers"), values)


def _row(message: Record, marker: Marker) -> dict[str, Any]:
    origin = {"topic": message.topic, "partition": message.partition, "offset": message.offset}
    times = {"since": _time(marker.since), "until": _time(marker.until)}
    return msgspec.structs.asdict(marker) | origin | times


def _time(us: int | None) -> str | None:
    return None if us is None else time_text(us)


def _fill(end: BatchEnd) -> dict[str, Any]:
    return {
        "state": "fill",
        "source": end.source,
        "symbol": end.symbol,
        "event_kind": end.kind,
        "since": time_text(end.us),
        "until": time_text(end.until),
    }
