"""A Parquet file as rows of cells, and what these mean; imported only if there is such a file."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from db.errors import UsageError
from ingest.files import stored_events
from ingest.files.layout import FileFacts, FileOptions, RowReader
from ingest.files.layouts.columns import COLUMNS
from ingest.formats.events import Kind

BLOCK_ROWS = 16_384
BUFFER_BYTES = 1 << 20  # of each column: a row group is never in memory as a whole
LOOKED_AT = 100  # rows

Column = list[Any]


class Table:
    """A file: its columns, and the function that reads a row of them; raises UsageError."""

    def __init__(self, file: str, options: FileOptions) -> None:
        self.file = file
        try:
            self._parquet = parquet.ParquetFile(file, buffer_size=BUFFER_BYTES, pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            raise UsageError(f"{file}: cannot be read as Parquet: {_line(error)}") from error
        self._schema = self._parquet.schema_arrow
        self.count: int = self._parquet.metadata.num_rows
        kind = stored_events.kind_of(self._schema.names)
        self._stored: stored_events.Reader | None = None
        if options.columns:
            self.read = self._of_columns(options)
        elif kind is not None:
            self._check(kind, options)
            self._names = list(stored_events.COLUMNS[kind])
            self._stored = stored_events.Reader(kind, options)
            self.read = self._stored.read
        else:
            raise UsageError(f"{file}: {_unknown(self._schema.names)}")

    @property
    def nameless(self) -> int:
        """The number of events without an id so far, of those that have no derived one."""
        return self._stored.nameless if self._stored else 0

    def blocks(self) -> Iterator[list[Column]]:
        """Yields the rows by column, some thousand at a time; raises UsageError."""
        try:
            for batch in self._parquet.iter_batches(BLOCK_ROWS, columns=self._names):
                yield [self._cells(name, batch.column(name)) for name in self._names]
        except (pa.ArrowException, OSError) as error:
            raise UsageError(f"{self.file}: cannot be read: {_line(error)}") from error

    def rows(self, most: int) -> Iterator[Sequence[Any]]:
        """Yields some rows from the beginning."""
        for columns in self.blocks():
            yield from zip(*(column[:most] for column in columns), strict=True)
            return

    def _of_columns(self, options: FileOptions) -> RowReader:
        names = {name.strip().lower(): name for name in self._schema.names}
        wanted = [column.lower() for column in options.columns.values()]
        if missing := [name for name in wanted if name not in names]:
            known = ", ".join(self._schema.names)
            raise UsageError(f"{self.file}: no column {missing[0]!r}; there are {known}")
        self._names = list(dict.fromkeys(names[name] for name in wanted))
        first = [list(map(str, row)) for row in self.rows(LOOKED_AT)]
        facts = FileFacts(self.file, None, len(self._names), first)
        numbers = {
            field: str(self._names.index(names[column.lower()]) + 1)
            for field, column in options.columns.items()
        }
        return COLUMNS.open(facts, msgspec.structs.replace(options, columns=numbers))

    def _check(self, kind: Kind, options: FileOptions) -> None:
        """Raises UsageError for an option or a type of a column that cannot be."""
        given = {
            "--symbol": options.symbol,
            "--source": options.source,
            "--time-unit": options.time_unit,
            "--time-zone": options.time_zone,
        }
        if others := [name for name, value in given.items() if value is not None]:
            raise UsageError(f"{self.file}: has stored {kind}s, for which {others[0]} does nothing")
        if options.kind not in (None, kind):
            raise UsageError(f"{self.file}: has {kind}s, not {options.kind}s")
        for name in ("ts", "received_at"):
            type_ = self._schema.field(name).type
            if not pa.types.is_timestamp(type_) or type_.tz is None:
                raise UsageError(f"{self.file}: {name} is {type_}, not a timestamp with a zone")

    def _cells(self, name: str, column: Any) -> Column:
        type_ = column.type
        if pa.types.is_list(type_) and self._stored:
            found: Column = column.to_pylist()
            return found
        try:
            texts = _times(column) if pa.types.is_timestamp(type_) else column.cast(pa.string())
        except pa.ArrowException as error:
            raise UsageError(
                f"{self.file}: the column {name} is {type_}: not a text, a number or a time"
            ) from error
        cells: Column = texts.fill_null("").to_pylist()
        return cells


def _times(column: Any) -> Any:
    """Returns times as texts of UTC, with the decimals that their unit has; Z if they have a zone.

    Through times without a zone, whose texts need no database of zones.
    """
    texts = pc.strftime(column.cast(pa.timestamp(column.type.unit)), format="%Y-%m-%dT%H:%M:%S")
    return texts if column.type.tz is None else pc.binary_join_element_wise(texts, "Z", "")


def _unknown(names: Sequence[str]) -> str:
    if {"bucket", "symbol", "source"} <= set(names):
        return "has candles, which the database makes of trades and quotes itself"
    shown = ", ".join(names[:10])
    return f"its columns ({shown}) are not those of stockpulse export: name them with --columns"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
