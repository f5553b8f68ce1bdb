"""Stores bars of vendors; of several messages about one bar the latest counts.

Part of the transaction that stores the batch.
"""

from collections import Counter
from typing import Any

import msgspec

from db import sql
from ingest.batch.batch import Batch
from ingest.batch.contents import Bars
from ingest.formats.bar import Bar
from ingest.formats.times import time_text
from ingest.store.connection import Conn
from ingest.store.outcome import Outcome

Each = tuple[int, Bar]  # with the index of its message


def add(conn: Conn, batch: Batch, bars: Bars, outcome: Outcome) -> None:
    """Adds bars, given by the indexes of their messages, and adds up the outcome.

    A bar that is there already is changed in place by a later message: one that is final, where the
    other is not; else that which was received later; else, if one does not say when, the one behind
    in Kafka, and never one that is replayed from ops.rejects.
    """
    each = [
        (index, bar) for index, some in bars.items() if index not in outcome.rejects for bar in some
    ]
    for turn in _turns(each):
        values = {
            "lines": msgspec.json.encode([_row(bar) for _, bar in turn]).decode(),
            "batch": batch.id,
            "replayed": not batch.spans,
        }
        for place, is_new in conn.execute(sql.load("ingest.store", "store_bars"), values):
            index, _ = turn[place]
            outcome.bars += is_new
            (outcome.stored if is_new else outcome.amended).add(index)


def _turns(each: list[Each]) -> list[list[Each]]:
    """Returns the bars in turns: one statement can set a bar only once."""
    turns: list[list[Each]] = []
    seen: Counter[tuple[str, str, str, int]] = Counter()
    for index, bar in each:
        key = bar.symbol, bar.source, bar.interval, bar.us
        if seen[key] == len(turns):
            turns.append([])
        turns[seen[key]].append((index, bar))
        seen[key] += 1
    return turns


def _row(bar: Bar) -> dict[str, Any]:
    received = None if bar.received_us is None else time_text(bar.received_us)
    return msgspec.structs.asdict(bar) | {"bucket": time_text(bar.us), "received_at": received}
