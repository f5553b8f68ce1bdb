"""Writes days of the database under test to an archive, and drops them from the hot store."""

import warnings
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
from pyiceberg.expressions import And, GreaterThanOrEqual, LessThan
from pyiceberg.schema import Schema
from pyiceberg.types import NestedField, StringType

from archive import tables
from archive.catalog import open_catalog
from archive.settings import ArchiveSettings

DAY = timedelta(days=1)


class Archiver:
    """An archiver that is plain: one file per day, whole in memory."""

    def __init__(self, url: str, warehouse: Path) -> None:
        self.url = url
        self.catalog = open_catalog(
            ArchiveSettings(database_url=url, warehouse=str(warehouse)), role="stockpulse_owner"
        )
        with psycopg.connect(url) as conn:
            self.relations = {one.name: one for one in tables.relations(conn)}

    def archive(self, relation: str, day: date, *, verified: bool = True) -> int:
        """Writes the day as the database has it now; returns the snapshot."""
        known = self.relations[relation]
        table = tables.open_table(self.catalog, known)
        if "scales" not in {field.name for field in table.schema().fields}:
            with table.update_schema() as update:
                update.union_by_name(Schema(NestedField(1, "scales", StringType())))
        rows = self._rows(relation, day)
        schema = table.schema().as_arrow()
        columns = [[row[n] for row in rows] for n in range(len(schema))]
        found = pa.table(
            [pa.array(values, type=one.type) for values, one in zip(columns, schema, strict=True)],
            schema=schema,
        )
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        days = And(
            GreaterThanOrEqual(known.time, start.isoformat()),
            LessThan(known.time, (start + DAY).isoformat()),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # nothing is deleted the first time
            table.overwrite(found, overwrite_filter=days)
        snapshot = table.current_snapshot()
        assert snapshot
        self._execute(
            "insert into ops.archives values (%s, %s, %s, 0, %s, '', 0, clock_timestamp(),"
            " case when %s then now() end)",
            relation, day, snapshot.snapshot_id, len(rows), verified,
        )  # fmt: skip
        return snapshot.snapshot_id

    def drop(self, relation: str, before: date) -> None:
        """Drops what is before a day, as retention does; of candles the rows, not the chunks."""
        end = datetime(before.year, before.month, before.day, tzinfo=UTC)
        if self.relations[relation].is_candles:
            with psycopg.connect(self.url) as conn:
                store = conn.execute("select ops.hypertable_of(%s)::text", [relation]).fetchone()
                assert store
                conn.execute(f"delete from {store[0]} where bucket < %s", [end])
        else:
            self._execute(
                "select drop_chunks(ops.hypertable_of(%s), older_than => %s::timestamptz)",
                relation, end,
            )  # fmt: skip
        self._execute(
            "select ops.note_dropped(%s, tstzmultirange(tstzrange('2000-01-01', %s)), true)",
            relation, end,
        )  # fmt: skip

    def _rows(self, relation: str, day: date) -> list[tuple[Any, ...]]:
        known = self.relations[relation]
        numbers = [column.name for column in known.columns if column.type == "numeric"]
        scales = ", ".join(f"coalesce(scale({name})::text, '')" for name in numbers)
        order = ", ".join(known.order)
        with psycopg.connect(self.url, options="-c timezone=UTC") as conn:
            return conn.execute(
                f"select *, concat_ws(',', {scales}) from {known.store}"  # type: ignore[arg-type]
                f" where {known.time} >= %s::date and {known.time} < %s::date + 1 order by {order}",
                [day, day],
            ).fetchall()

    def _execute(self, statement: str, *values: object) -> None:
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(statement, values)  # type: ignore[arg-type]
