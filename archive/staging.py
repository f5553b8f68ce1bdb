"""Rows of the archive back into a relation: staged by COPY, then what is missing is inserted."""

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from psycopg import sql

from archive import export
from archive.sums import Sums
from archive.tables import SCALES, Relation

OPTIONS = pa.csv.WriteOptions(include_header=False)
SEPARATOR = "\x1f"  # of the texts of a list while equal lists are looked for
ESCAPED = re.compile(r'(["\\])')


def stage(
    conn: psycopg.Connection[Any], relation: Relation, batches: Iterable[pa.RecordBatch]
) -> Sums:
    """Copies rows into a table of this transaction; returns their sums."""
    conn.execute(
        sql.SQL("create temporary table {} (like {}, {} text) on commit drop").format(
            _staged(relation), sql.SQL(relation.store), sql.Identifier(SCALES)
        )
    )
    sums = Sums(relation)
    names = [*(column.name for column in relation.columns), SCALES]
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(
        _staged(relation), _joined(names)
    )
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for batch in batches:
            sums.add(batch)
            copy.write(_csv(batch.select(names)))
    return sums


def insert(conn: psycopg.Connection[Any], relation: Relation, day: date) -> int:
    """Inserts the staged rows that a relation does not have; returns their number.

    A row of events is known by its identity, without an id by all that it has: as many equal ones
    are there afterwards as were staged.
    """
    if relation.kind is None:
        return _insert_amendments(conn, relation)
    columns = [column.name for column in relation.columns]
    values = _values(relation)
    inserted = conn.execute(
        sql.SQL(
            "insert into {} ({}) select {} from {} where tick_id is not null on conflict do nothing"
        ).format(sql.SQL(relation.store), _joined(columns), values, _staged(relation))
    ).rowcount
    return (
        inserted
        + conn.execute(
            sql.SQL(
                "insert into {store} ({columns})"
                " select {values} from {staged} where tick_id is null except all"
                " select {columns} from {store} where tick_id is null and {within}"
            ).format(
                store=sql.SQL(relation.store),
                columns=_joined(columns),
                values=values,
                staged=_staged(relation),
                within=export.within(relation, day),
            )
        ).rowcount
    )


def symbols(conn: psycopg.Connection[Any], relation: Relation) -> tuple[list[str], list[str]]:
    """Returns the symbols and the sources of the staged rows."""
    row = conn.execute(
        sql.SQL("select array_agg(distinct symbol), array_agg(distinct source) from {}").format(
            _staged(relation)
        )
    ).fetchone()
    assert row is not None
    return row[0] or [], row[1] or []


def newest_batch(conn: psycopg.Connection[Any], relation: Relation) -> int:
    """Returns the largest number of a batch of the staged rows."""
    row = conn.execute(sql.SQL("select max(batch) from {}").format(_staged(relation))).fetchone()
    assert row is not None
    return int(row[0])


def _insert_amendments(conn: psycopg.Connection[Any], relation: Relation) -> int:
    """Inserts amendments under their own ids, or under a new one if another has it."""
    names = [column.name for column in relation.columns if column.name != "id"]
    conn.execute(
        sql.SQL(
            "select setval(sequence, greatest(newest, nextval(sequence)))"
            " from (select pg_get_serial_sequence('ops.amendments', 'id')::regclass as sequence,"
            " max(id) as newest from {}) as staged where newest is not null"
        ).format(_staged(relation))
    )
    return conn.execute(
        sql.SQL(
            "insert into ops.amendments (id, {names}) overriding system value"
            " select case when exists (select from ops.amendments as other where other.id = row.id)"
            " then nextval(pg_get_serial_sequence('ops.amendments', 'id')) else row.id end,"
            " {values} from {staged} as row where not exists (select from ops.amendments as known"
            " where known.symbol = row.symbol and known.source = row.source and known.ts = row.ts"
            " and ({known}) is not distinct from ({rows})) order by row.id"
        ).format(
            names=_joined(names),
            values=_values(relation, "id"),
            staged=_staged(relation),
            known=sql.SQL(", ").join(sql.Identifier("known", name) for name in names),
            rows=sql.SQL(", ").join(sql.Identifier("row", name) for name in names),
        )
    ).rowcount


def _staged(relation: Relation) -> sql.Identifier:
    return sql.Identifier("pg_temp", f"restored_{relation.name}")


def _values(relation: Relation, but: str = "") -> sql.Composed:
    """Returns the columns but one, numbers with as many decimals as they were stored with."""
    numbers = {name: place for place, name in enumerate(relation.numbers, 1)}
    return sql.SQL(", ").join(
        sql.SQL("round({}, nullif(split_part({}, ',', {}), '')::integer)").format(
            sql.Identifier(column.name), sql.Identifier(SCALES), sql.Literal(numbers[column.name])
        )
        if column.name in numbers
        else sql.Identifier(column.name)
        for column in relation.columns
        if column.name != but
    )


def _joined(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)


def _csv(batch: pa.RecordBatch) -> bytes:
    """Returns rows as COPY reads them: an unquoted empty field is null, a quoted one a text."""
    arrays = [
        _literals(array) if pa.types.is_large_list(array.type) else array for array in batch.columns
    ]
    text = io.BytesIO()
    pa.csv.write_csv(pa.RecordBatch.from_arrays(arrays, names=batch.schema.names), text, OPTIONS)
    return text.getvalue()


def _literals(lists: pa.Array) -> pa.Array:
    """Returns lists of texts as the server writes arrays; few differ."""
    texts = lists.flatten()
    if texts.null_count or pc.any(pc.match_substring(texts, SEPARATOR)).as_py():
        return pa.array(
            [None if known is None else _literal(known) for known in lists.to_pylist()],
            pa.large_string(),
        )
    joined = pc.binary_join(lists.cast(pa.list_(pa.string())), SEPARATOR).cast(pa.large_string())
    lengths = pc.list_value_length(lists).cast(pa.large_string())
    keys = pc.binary_join_element_wise(lengths, joined, pa.scalar(SEPARATOR, joined.type))
    encoded = keys.dictionary_encode()
    literals = [_of_key(*key.split(SEPARATOR)) for key in encoded.dictionary.to_pylist()]
    return pa.array(literals, pa.large_string()).take(encoded.indices)


def _of_key(length: str, *texts: str) -> str:
    return _literal(texts[: int(length)])  # no text at all is joined to an empty one


def _literal(texts: Sequence[str | None]) -> str:
    parts = ["NULL" if text is None else '"' + ESCAPED.sub(r"\\\1", text) + '"' for text in texts]
    return "{" + ",".join(parts) + "}"
