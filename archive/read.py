"""Snapshots of a day, and the rows of one, read from its files."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from archive import days
from archive.tables import Relation

# Properties of a snapshot.
DAY = "stockpulse.day"
ROWS = "stockpulse.rows"
CHECKSUM = "stockpulse.checksum"
CHANGE = "stockpulse.change"
MARK = "stockpulse.mark"
FIGURES = "stockpulse.figures"  # see archive.sums; for people and other engines


class Archived(msgspec.Struct, frozen=True):
    """A day as a snapshot has it."""

    snapshot: int
    at: datetime
    day: date
    rows: int
    checksum: str
    change: int  # the newest number of ops.changes in it, of the database that it was written from
    mark: int  # that number's, by which that database is known


def snapshots(table: Table) -> list[Archived]:
    """Returns the snapshots that wrote a day, the newest first."""
    known = {one.snapshot_id: one for one in table.metadata.snapshots}
    found = []
    current = table.current_snapshot()
    while current is not None:
        if one := _archived(current):
            found.append(one)
        current = known.get(current.parent_snapshot_id or 0)
    return found


def newest(table: Table, day: date, as_of: datetime | int | None = None) -> Archived | None:
    """Returns the newest snapshot of a day; as it was at a moment, or in a snapshot of that id."""
    for one in snapshots(table):
        if one.day != day:
            continue
        if as_of is None or one.snapshot == as_of:
            return one
        if isinstance(as_of, datetime) and one.at <= as_of:
            return one
    return None


def files(table: Table, relation: Relation, day: date, snapshot: int | None) -> list[DataFile]:
    """Returns the files of a day in a snapshot, in the order of their rows; None: the current."""
    if snapshot is None and table.current_snapshot() is None:
        return []
    scan = table.scan(row_filter=_within(relation, day), snapshot_id=snapshot)
    return sorted((task.file for task in scan.plan_files()), key=lambda file: file.file_path)


def batches(
    table: Table, relation: Relation, day: date, snapshot: int | None = None
) -> Iterator[pa.RecordBatch]:
    """Yields the rows of a day in a snapshot, a batch per group of rows as they were written."""
    schema = arrow_schema(table)
    for file in files(table, relation, day, snapshot):
        with table.io.new_input(file.file_path).open() as stream, pq.ParquetFile(stream) as parquet:
            for number in range(parquet.num_row_groups):
                yield _as(parquet.read_row_group(number), schema)


def arrow_schema(table: Table) -> pa.Schema:
    """Returns the columns of a table as Arrow has them, with the ids that Iceberg needs."""
    return schema_to_pyarrow(table.schema())


def _archived(snapshot: Snapshot) -> Archived | None:
    summary = snapshot.summary
    if summary is None or not summary.get(DAY):
        return None
    return Archived(
        snapshot.snapshot_id,
        datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC),
        date.fromisoformat(str(summary[DAY])),
        int(str(summary[ROWS])),
        str(summary[CHECKSUM]),
        int(str(summary[CHANGE])),
        int(str(summary[MARK])),
    )


def _within(relation: Relation, day: date) -> str:
    since, until = (moment.isoformat() for moment in days.bounds(day))
    return f"{relation.time} >= '{since}' and {relation.time} < '{until}'"


def _as(table: pa.Table, schema: pa.Schema) -> pa.RecordBatch:
    """Returns a group of rows with the columns of a table, of which a file may lack newer ones."""
    arrays = [
        table.column(field.name).combine_chunks().cast(field.type)
        if field.name in table.column_names
        else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
