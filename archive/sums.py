"""Figures by which a day's rows are compared: their number, sums of each column, and a checksum.

The sums are made twice, by the database and from the file, so that nothing of the way between the
two can change a value unseen. The checksum is over all values in the order of the archive.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Context, Decimal
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from archive import export
from archive.tables import LIST, QUOTIENTS, Column, Relation

EXACT = Context(prec=1000)
WIDE = pa.decimal256(76, 18)  # the sum of a batch of decimal128 would wrap around, silently
WHOLE = pa.decimal128(38, 0)  # and that of sequence numbers in int64

# The sum of a column as SQL: of texts their bytes, of times the first and the last.
OF_TIMES = "(extract(epoch from min({0})) + extract(epoch from max({0}))) * 1000000"
FIGURES = {
    "numeric": "sum({0})",
    "bigint": "sum({0})",
    "integer": "sum({0})",
    "smallint": "sum({0})",
    "text": "sum(octet_length({0}))",
    "jsonb": "sum(octet_length({0}::text))",
    LIST: "sum(cardinality({0}))",
    "boolean": "count(*) filter (where {0})",
    "timestamp with time zone": OF_TIMES,
    "date": "(min({0}) - '1970-01-01') + (max({0}) - '1970-01-01')",
}


class Sums:
    """Adds up batches of rows."""

    def __init__(self, relation: Relation) -> None:
        self.rows = 0
        self.columns = columns_of(relation)
        self._hash = hashlib.blake2b(digest_size=16)
        self._quotients = hashlib.blake2b(digest_size=16)
        self._counts = dict.fromkeys(self.columns, 0)
        self._totals: dict[str, Decimal] = {}
        self._ends: dict[str, tuple[int, int]] = {}

    def add(self, batch: pa.RecordBatch) -> None:
        """Adds a batch, whose bounds are part of the checksum."""
        self.rows += batch.num_rows
        for field in batch.schema:
            digest = self._quotients if field.name in QUOTIENTS else self._hash
            for part in _bytes(batch.column(field.name)):
                digest.update(part)
        for name, column in self.columns.items():
            array = batch.column(name)
            self._counts[name] += len(array) - array.null_count
            self._add_figure(name, column, array)

    @property
    def checksum(self) -> str:
        """The checksum of all columns but quotients, which follow from the others."""
        return self._hash.hexdigest()

    @property
    def in_full(self) -> str:
        """The same, of quotients too."""
        return self.checksum + self._quotients.hexdigest()

    @property
    def figures(self) -> list[str]:
        """The number of rows, then of each column the number of values and their sum."""
        sums = [f"{self._counts[name]} {self._sum(name)}" for name in self.columns]
        return [str(self.rows), *sums]

    def _add_figure(self, name: str, column: Column, array: pa.Array) -> None:
        if len(array) == array.null_count:
            return
        if column.type in {"timestamp with time zone", "date"}:
            whole = array.cast(pa.int32() if column.type == "date" else pa.int64())
            ends = pc.min_max(whole).as_py()
            low, high = self._ends.get(name, (ends["min"], ends["max"]))
            self._ends[name] = min(low, ends["min"]), max(high, ends["max"])
            return
        total = EXACT.create_decimal(pc.sum(_numbers(column, array)).as_py())
        self._totals[name] = EXACT.add(self._totals.get(name, Decimal(0)), total)

    def _sum(self, name: str) -> str:
        if name in self._ends:
            return str(sum(self._ends[name]))
        return _plain(self._totals.get(name, Decimal(0)))


def columns_of(relation: Relation) -> dict[str, Column]:
    """Returns the columns that have sums, by name."""
    return {column.name: column for column in relation.columns if column.name not in QUOTIENTS}


def of_database(conn: psycopg.Connection[Any], relation: Relation, day: date) -> list[str]:
    """Returns the figures of a day as the database adds them up."""
    columns = columns_of(relation)
    parts = [
        sql.SQL("count({0}), " + FIGURES[column.type]).format(sql.Identifier(name))
        for name, column in columns.items()
    ]
    query = sql.SQL("select count(*), {} from {} where {}").format(
        sql.SQL(", ").join(parts),
        sql.SQL(relation.store),
        export.within(relation, day),
    )
    row = conn.execute(query).fetchone()
    assert row is not None
    count, *values = row
    pairs = zip(values[::2], values[1::2], strict=True)
    return [str(count), *(f"{known} {_plain(Decimal(total or 0))}" for known, total in pairs)]


def differences(relation: Relation, ours: list[str], theirs: list[str]) -> list[str]:
    """Returns the names of columns whose figures differ; "rows" for their number."""
    names = ["rows", *columns_of(relation)]
    return [name for name, a, b in zip(names, ours, theirs, strict=True) if a != b]


def total(relation: Relation, batches: Iterable[pa.RecordBatch]) -> Sums:
    """Returns the sums of all batches."""
    sums = Sums(relation)
    for batch in batches:
        sums.add(batch)
    return sums


def _numbers(column: Column, array: pa.Array) -> pa.Array:
    if column.type in {"text", "jsonb"}:
        return pc.binary_length(array)
    if column.type == LIST:
        return pc.list_value_length(array)
    if column.type == "boolean":
        return array.cast(pa.int8())
    return array.cast(WIDE if column.type == "numeric" else WHOLE)


def _plain(number: Decimal) -> str:
    """Returns a number without an exponent and without zeros at its end."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _bytes(array: pa.Array) -> Iterator[memoryview]:
    """Yields the values of an array as bytes that depend on nothing but them."""
    yield from _fixed(pc.is_valid(array).cast(pa.uint8()))
    if pa.types.is_large_list(array.type):
        yield from _fixed(pc.fill_null(pc.list_value_length(array), 0))
        yield from _bytes(array.flatten())
    elif pa.types.is_large_string(array.type):
        filled = pc.fill_null(array, "")
        yield from _fixed(pc.binary_length(filled))
        yield from _texts(filled)
    elif pa.types.is_boolean(array.type):
        yield from _fixed(pc.fill_null(array, False).cast(pa.uint8()))
    else:
        yield from _fixed(pc.fill_null(array, _zero(array.type)))


def _zero(kind: pa.DataType) -> pa.Scalar:
    whole = pa.int32() if pa.types.is_date32(kind) else pa.int64()
    return pa.scalar(0, whole).cast(kind)


def _fixed(array: pa.Array) -> Iterator[memoryview]:
    """Yields the values of an array that all have one width."""
    if len(array):
        width = array.type.bit_width // 8
        start = array.offset * width
        yield memoryview(array.buffers()[1])[start : start + len(array) * width]


def _texts(array: pa.Array) -> Iterator[memoryview]:
    """Yields the texts of an array, one after the other."""
    if len(array) and array.buffers()[2]:
        offsets = memoryview(array.buffers()[1]).cast("q")
        first, last = offsets[array.offset], offsets[array.offset + len(array)]
        yield memoryview(array.buffers()[2])[first:last]
