"""A day's file, written as its rows come, and the commit that puts it in the place of the last one.

A file without a commit is not part of the table: a run that was killed leaves nothing but that.
"""

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import parquet_file_to_data_file
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from archive import read
from archive.ledger import State
from archive.sums import Sums
from archive.tables import ROW_GROUP_ROWS, Relation


def write(
    table: Table,
    relation: Relation,
    day: date,
    batches: Iterable[pa.RecordBatch],
) -> tuple[Sums, str | None]:
    """Writes a file of a day's rows; returns their sums and its path, None if there are none."""
    sums = Sums(relation)
    path = _path(table, relation, day)
    writer: pq.ParquetWriter | None = None
    stream: Any = None
    try:
        for batch in batches:
            if writer is None:
                stream = table.io.new_output(path).create(overwrite=True)
                writer = pq.ParquetWriter(stream, batch.schema, compression="zstd")
            writer.write_batch(batch, row_group_size=ROW_GROUP_ROWS)
            sums.add(batch)
    finally:
        if writer is not None:
            writer.close()
        if stream is not None:
            stream.close()
    return sums, path if writer else None


def commit(
    table: Table, relation: Relation, day: date, sums: Sums, state: State, path: str | None
) -> tuple[int, int]:
    """Puts a file in the place of those of its day; returns the snapshot and the file's size.

    It is one snapshot, so that no reader finds the day empty. Raises pyiceberg's
    CommitFailedException or ValidationException if another writer was there meanwhile.
    """
    properties = {
        read.DAY: str(day),
        read.ROWS: str(sums.rows),
        read.CHECKSUM: sums.checksum,
        read.CHANGE: str(state.change),
        read.MARK: str(state.mark),
        read.FIGURES: msgspec.json.encode(sums.figures).decode(),
    }
    added = None if path is None else _data_file(table, path)
    with (
        table.transaction() as transaction,
        transaction.update_snapshot(snapshot_properties=properties).overwrite() as overwrite,
    ):
        for file in read.files(table, relation, day, None):
            overwrite.delete_data_file(file)
        if added is not None:
            overwrite.append_data_file(added)
    snapshot = table.refresh().current_snapshot()
    assert snapshot is not None
    return snapshot.snapshot_id, 0 if added is None else added.file_size_in_bytes


def discard(table: Table, path: str | None) -> None:
    """Deletes a file that no snapshot needs."""
    if path is not None:
        table.io.delete(path)


def _path(table: Table, relation: Relation, day: date) -> str:
    name = f"day={day}/{relation.name}-{uuid.uuid4()}.parquet"
    return table.location_provider().new_data_location(name)


def _data_file(table: Table, path: str) -> DataFile:
    return parquet_file_to_data_file(table.io, table.metadata, path)
