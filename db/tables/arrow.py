"""Arrow and Parquet made of blocks of CSV; imported only if one of them is asked for."""

from collections.abc import Sequence
from typing import Any, Protocol

import pyarrow as pa
from pyarrow import csv, json, parquet

from db.tables.display import Display
from db.tables.formats import PARQUET, Format
from db.tables.table import Column, Table, unit_of

GROUP_ROWS = 100_000  # of a row group of Parquet, which stands in memory
DIGITS, DECIMALS = 38, 18  # of a decimal


class Encoder:
    """Writes the rows of a table in a format; takes blocks of CSV, gives bytes as they are made."""

    def __init__(self, table: Table, wanted: Format, display: Display) -> None:
        self._columns = table.columns
        self._schema = pa.schema(
            [(column.name, _type(column, display)) for column in table.columns]
        )
        self._read = csv.ReadOptions(
            column_names=self._schema.names, use_threads=False, block_size=2**30
        )
        self._parse = csv.ParseOptions(newlines_in_values=True)
        self._convert = csv.ConvertOptions(
            column_types={
                column.name: _parsed(column, self._schema.field(column.name).type)
                for column in table.columns
            },
            null_values=[""],
            true_values=["true"],
            false_values=["false"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        )
        self._sink = _Sink()
        self._writer: _Writer = (
            _Groups(self._sink, self._schema, table.columns)
            if wanted == PARQUET
            else pa.ipc.new_stream(self._sink, self._schema)
        )

    def add(self, block: bytes) -> bytes:
        """Takes whole rows of CSV without a header; returns the bytes that are ready."""
        found = csv.read_csv(
            pa.BufferReader(block),
            read_options=self._read,
            parse_options=self._parse,
            convert_options=self._convert,
        )
        columns = [
            _typed(values, self._schema.field(number).type)
            for number, values in enumerate(found.columns)
        ]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))
        return self._sink.take()

    def end(self) -> bytes:
        """Returns the last bytes."""
        self._writer.close()
        return self._sink.take()


class _Writer(Protocol):
    def write_table(self, table: pa.Table) -> None: ...
    def close(self) -> None: ...


class _Groups:
    """Writes Parquet in row groups of equal size, whatever the sizes of the tables."""

    def __init__(self, sink: "_Sink", schema: pa.Schema, columns: Sequence[Column]) -> None:
        self._writer = parquet.ParquetWriter(
            sink,
            schema,
            compression="zstd",
            # A dictionary of values that are all different takes time, memory and space, and times
            # as differences a tenth of the space.
            use_dictionary=[one.name for one in columns if one.kind == "text"]
            + [f"{one.name}.list.element" for one in columns if one.kind == "texts"],
            column_encoding={
                one.name: "DELTA_BINARY_PACKED" for one in columns if one.kind in ("bucket", "time")
            },
        )
        self._tables: list[pa.Table] = []
        self._rows = 0

    def write_table(self, table: pa.Table) -> None:
        self._tables.append(table)
        self._rows += table.num_rows
        while self._rows >= GROUP_ROWS:
            self._write(GROUP_ROWS)

    def close(self) -> None:
        if self._rows:
            self._write(self._rows)
        self._writer.close()

    def _write(self, rows: int) -> None:
        waiting = pa.concat_tables(self._tables)
        self._writer.write_table(waiting.slice(0, rows), row_group_size=rows)
        self._tables = [waiting.slice(rows)]
        self._rows -= rows


class _Sink:
    """A file for pyarrow to write to, which holds what was not taken yet."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Does nothing: what is written can be taken."""

    def close(self) -> None:
        """Does nothing: what is written can still be taken."""

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def _type(column: Column, display: Display) -> Any:
    """Returns the type of a column in the answer."""
    match column.kind:
        case "bucket" | "time":
            return pa.timestamp(unit_of(column, display), tz="UTC")
        case "number":
            return pa.string() if display.as_strings else pa.float64()
        case "decimal":
            return pa.decimal128(DIGITS, DECIMALS)
        case "count":
            return pa.int64()
        case "truth":
            return pa.bool_()
        case "texts":
            return pa.list_(pa.string())
    return pa.string()


def _parsed(column: Column, final: Any) -> Any:
    """Returns the type as which CSV is read: a time is a count of units, texts are JSON."""
    if column.kind in ("bucket", "time"):
        return pa.int64()
    return pa.string() if column.kind == "texts" else final


def _typed(values: Any, final: Any) -> Any:
    if pa.types.is_list(final):
        return _lists(values, final)
    return values if values.type == final else values.cast(final)


def _lists(values: Any, final: Any) -> Any:
    """Returns JSON lists as lists; few are different, so each is read once.

    Not with pa.array(), which imports pandas where there is one.
    """
    encoded = values.dictionary_encode().combine_chunks()
    lines = "".join(f'{{"texts":{text}}}\n' for text in encoded.dictionary.to_pylist())
    if not lines:
        return pa.chunked_array([pa.nulls(len(values), final)])
    found = json.read_json(
        pa.BufferReader(lines.encode()),
        parse_options=json.ParseOptions(explicit_schema=pa.schema([("texts", final)])),
        read_options=json.ReadOptions(use_threads=False),
    )
    return found["texts"].take(encoded.indices)
