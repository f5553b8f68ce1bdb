"""Rows of the archive back into a relation: by COPY, or staged and then what is missing."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from archive import copy_rows, export
from archive.sums import Sums
from archive.tables import Relation

# Of an amendment: when it came, and with which rules; and what is known once it was applied. It is
# the same amendment whatever these say, but for the rows of a replaced range.
ARRIVAL = ("topic", "partition", "offset", "batch", "came_at", "new_rules", "new_moves")
APPLIED = (
    "applied_at",
    "applied_ts",
    "applied_tick_id",
    "old_price",
    "old_size",
    "old_bid",
    "old_ask",
    "old_bid_size",
    "old_ask_size",
    "new_tick_id",
)


class Arrived:
    """Rows of the archive as they passed: their sums, and what else the database must know."""

    def __init__(self, relation: Relation) -> None:
        self.sums = Sums(relation)
        self.symbols: set[str] = set()
        self.sources: set[str] = set()
        self.newest_batch = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self.sums.add(batch)
        self.symbols |= set(pc.unique(batch.column("symbol")).to_pylist())
        self.sources |= set(pc.unique(batch.column("source")).to_pylist())
        if "batch" in batch.schema.names and batch.num_rows:
            self.newest_batch = max(self.newest_batch, pc.max(batch.column("batch")).as_py())


def copy(
    conn: psycopg.Connection[Any], relation: Relation, batches: Iterable[pa.RecordBatch]
) -> Arrived:
    """Copies rows into a relation that has none of them; raises UniqueViolation if it has one."""
    return _copy(conn, relation, sql.SQL(relation.store), batches)


def stage(
    conn: psycopg.Connection[Any], relation: Relation, batches: Iterable[pa.RecordBatch]
) -> Arrived:
    """Copies rows into a table of this transaction."""
    conn.execute(
        sql.SQL("create temporary table {} (like {}) on commit drop").format(
            _staged(relation), sql.SQL(relation.store)
        )
    )
    arrived = _copy(conn, relation, _staged(relation), batches)
    conn.execute(sql.SQL("analyze {}").format(_staged(relation)))
    return arrived


def has_others(conn: psycopg.Connection[Any], relation: Relation, day: date) -> bool:
    """Returns whether a relation has rows of a day that are not among the staged ones.

    They are compared as texts, as 1.0 and 1.00 are not the same; only those of one series and time,
    which are looked up by a hash of these.
    """
    names = [column.name for column in relation.columns]
    row = conn.execute(
        sql.SQL(
            "select exists (select from {store} as row where {within} and not exists ("
            "select from {staged} as staged where staged.symbol = row.symbol"
            " and staged.ts = row.ts and staged.source = row.source"
            " and (row ({ours})::text = row ({theirs})::text) is true))"
        ).format(
            store=sql.SQL(relation.store),
            staged=_staged(relation),
            within=export.within(relation, day, "row"),
            ours=sql.SQL(", ").join(sql.Identifier("row", name) for name in names),
            theirs=sql.SQL(", ").join(sql.Identifier("staged", name) for name in names),
        )
    ).fetchone()
    return row == (True,)


def insert(conn: psycopg.Connection[Any], relation: Relation, day: date) -> int:
    """Inserts the staged rows that a relation does not have; returns their number.

    A row of events is known by its identity, without an id by all that it has: as many equal ones
    are there afterwards as were staged.
    """
    if relation.kind is None:
        return _insert_amendments(conn, relation)
    names = {
        "store": sql.SQL(relation.store),
        "columns": _joined(column.name for column in relation.columns),
        "staged": _staged(relation),
        "within": export.within(relation, day),
    }
    inserted = conn.execute(
        sql.SQL(
            "insert into {store} ({columns}) select {columns} from {staged}"
            " where tick_id is not null on conflict do nothing"
        ).format(**names)
    ).rowcount
    return (
        inserted
        + conn.execute(
            sql.SQL(
                "insert into {store} ({columns})"
                " select {columns} from {staged} where tick_id is null except all"
                " select {columns} from {store} where tick_id is null and {within}"
            ).format(**names)
        ).rowcount
    )


def _copy(
    conn: psycopg.Connection[Any],
    relation: Relation,
    target: sql.Composable,
    batches: Iterable[pa.RecordBatch],
) -> Arrived:
    """Copies rows; a batch is read and encoded while the server stores the one before."""
    arrived = Arrived(relation)
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(
        target, _joined(column.name for column in relation.columns)
    )
    rest = iter(batches)

    def encode() -> bytes | None:
        if (batch := next(rest, None)) is None:
            return None
        arrived.add(batch)
        return copy_rows.csv(batch, relation)

    with (
        ThreadPoolExecutor(1) as ahead,
        conn.cursor() as cursor,
        cursor.copy(statement) as copying,
    ):
        coming = ahead.submit(encode)
        while (text := coming.result()) is not None:
            coming = ahead.submit(encode)
            copying.write(text)
    return arrived


def _insert_amendments(conn: psycopg.Connection[Any], relation: Relation) -> int:
    """Inserts amendments under their own ids, or under a new one if another has it.

    One that the database has waits there no longer if it was applied when it was archived.
    """
    names = [column.name for column in relation.columns if column.name != "id"]
    parts = {
        "staged": _staged(relation),
        "names": _joined(names),
        "same": _same([name for name in names if name not in {*APPLIED, *ARRIVAL}]),
        "equal": _same(names),
        "applied": _joined(APPLIED),
        "row_applied": sql.SQL(", ").join(sql.Identifier("row", name) for name in APPLIED),
    }
    conn.execute(
        sql.SQL(
            "select setval(sequence, greatest(newest, nextval(sequence)))"
            " from (select pg_get_serial_sequence('ops.amendments', 'id')::regclass as sequence,"
            " max(id) as newest from {staged}) as staged where newest is not null"
        ).format(**parts)
    )
    conn.execute(
        sql.SQL(
            "update ops.amendments as known set ({applied}) = row ({row_applied})"
            " from {staged} as row where {same} and known.applied_at is null"
            " and row.applied_at is not null"
        ).format(**parts)
    )
    return conn.execute(
        sql.SQL(
            "insert into ops.amendments (id, {names}) overriding system value"
            " select case when exists (select from ops.amendments as other where other.id = row.id)"
            " then nextval(pg_get_serial_sequence('ops.amendments', 'id')) else row.id end,"
            " {names} from {staged} as row where not exists (select from ops.amendments as known"
            " where {same} and (row.action <> 'replace' or {equal})) order by row.id"
        ).format(**parts)
    ).rowcount


def _same(names: list[str]) -> sql.Composed:
    """Returns the condition that a known and a staged amendment have equal values, as SQL."""
    return sql.SQL(
        "known.symbol = row.symbol and known.source = row.source and known.ts = row.ts"
        " and ({}) is not distinct from ({})"
    ).format(
        sql.SQL(", ").join(sql.Identifier("known", name) for name in names),
        sql.SQL(", ").join(sql.Identifier("row", name) for name in names),
    )


def _staged(relation: Relation) -> sql.Identifier:
    return sql.Identifier("pg_temp", f"restored_{relation.name}")


def _joined(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)
