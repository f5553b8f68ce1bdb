"""Events stored and amended as a loader does it: its role, its locks, one transaction per batch."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
import psycopg

from db import edition
from tests.db import support
from tests.oracle import Quote, Trade

LOCK = "lock table ops.kafka_offsets in {} mode"
SHARED, ALONE = "row exclusive", "share row exclusive"


@contextmanager
def loader(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Gives the connection of a loader."""
    with support.as_role(url, "stockpulse_loader") as conn:
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield conn


def add_source(conn: psycopg.Connection[Any], source: str, id_scope: str) -> None:
    """Declares how far a source's ids reach."""
    conn.execute(
        "insert into market.sources (source, id_scope) values (%s, %s)"
        " on conflict (source) do update set id_scope = excluded.id_scope",
        [source, id_scope],
    )


def store(
    conn: psycopg.Connection[Any],
    events: Iterable[Trade | Quote],
    *,
    refill: bool = False,
    batch: int = 1,
    messages: Iterable[int] | None = None,
) -> tuple[int, int]:
    """Stores a batch of trades or of quotes; returns the new rows and messages."""
    with conn.transaction():
        conn.execute(LOCK.format(ALONE if refill else SHARED))  # type: ignore[arg-type]
        return stage_and_store(conn, events, refill=refill, batch=batch, messages=messages)


def stage_and_store(
    conn: psycopg.Connection[Any],
    events: Iterable[Trade | Quote],
    *,
    refill: bool = False,
    batch: int = 1,
    messages: Iterable[int] | None = None,
) -> tuple[int, int]:
    """Does what store() does, within a transaction that holds the lock."""
    events = list(events)
    rows = [{**support.row(event), "batch": batch} for event in events]
    for row, message in zip(rows, messages or range(len(rows)), strict=True):
        row["message"] = message
    table = f"{type(events[0]).__name__.lower()}s"
    conn.execute(
        "insert into market.instruments (symbol) select unnest(%s::text []) on conflict do nothing",
        [sorted({event.symbol for event in events})],
    )
    conn.execute("select ops.make_staging()")
    conn.cursor().executemany(support.statement(f"pg_temp.staging_{table}", rows), rows)
    stored = conn.execute(f"select * from ops.store_{table}(%s)", [refill]).fetchone()  # type: ignore[arg-type]
    if edition.kind_of(conn) == "apache":
        changes = {support.change(event) for event in events}
        conn.cursor().executemany("insert into ops.candle_changes values (%s, %s, %s, %s)", changes)
    assert stored is not None
    return int(stored[0]), int(stored[1])


def correction(event: Trade | Quote, *, amends: Iterable[str] = (), **others: Any) -> Any:
    """Returns the correction of an event to what `event` says."""
    kind = type(event).__name__.lower()
    fields = {**support.row(event), "kind": kind, "action": "correct", "amends": list(amends)}
    return {"topic": "t", "partition": 0, "offset": 0, **fields, **others}


def cancel(
    event: Trade | Quote, ts: datetime | None = None, *, amends: Iterable[str] = ()
) -> dict[str, Any]:
    """Returns the cancel of an event, of its own time if `ts` is given."""
    kind = type(event).__name__.lower()
    return {
        "topic": "t",
        "partition": 0,
        "offset": 0,
        "batch": 1,
        "action": "cancel",
        "kind": kind,
        "symbol": event.symbol,
        "source": event.source,
        "tick_id": event.tick_id,
        "amends": list(amends),
        "ts": ts or event.ts,
    }


def amend(conn: psycopg.Connection[Any], *amendments: dict[str, Any]) -> tuple[int, int]:
    """Applies amendments in one transaction; returns how many were applied and how many wait."""
    with conn.transaction():
        conn.execute(LOCK.format(ALONE))  # type: ignore[arg-type]
        row = conn.execute(
            "select * from ops.amend(%s::json)",
            [msgspec.json.encode(amendments, enc_hook=str).decode()],
        ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def trades(conn: psycopg.Connection[Any], columns: str = "tick_id, price") -> list[tuple[Any, ...]]:
    """Returns the stored trades in their order."""
    query = f"select {columns} from market.trades order by symbol, source, ts, ns, seq, tick_id"
    return conn.execute(query).fetchall()  # type: ignore[arg-type]
