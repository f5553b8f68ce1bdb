"""The Iceberg tables: their columns are those of the database's relations, in the same order."""

from typing import Any

import msgspec
import psycopg
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.sorting import NullOrder, SortField, SortOrder
from pyiceberg.transforms import DayTransform, IdentityTransform
from pyiceberg.types import (
    BooleanType,
    DateType,
    DecimalType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    NestedField,
    StringType,
    TimestamptzType,
)

from archive.catalog import NAMESPACE, Catalog
from db import sql

ROW_GROUP_ROWS = 65_536  # halves the time for one symbol of a day, for 15 % more bytes
PRECISION, SCALE = 38, 18
PARTITION_ID = 1000  # the first of fields of partitions, by Iceberg's specification
PROPERTIES = {
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    "write.parquet.row-group-limit": str(ROW_GROUP_ROWS),
}

# Quotients, which decimal(38,18) holds only rounded; what they are made of is held in full.
QUOTIENTS = frozenset({"vwap", "mean_spread"})

TYPES: dict[str, IcebergType] = {
    "text": StringType(),
    "jsonb": StringType(),
    "numeric": DecimalType(PRECISION, SCALE),
    "timestamp with time zone": TimestamptzType(),
    "bigint": LongType(),
    "integer": IntegerType(),
    "smallint": IntegerType(),
    "boolean": BooleanType(),
    "date": DateType(),
}
LIST = "text[]"

# One more column: the decimals that each number of a row was stored with, which decimal(38,18) does
# not keep: `2,0` of a price of 180.80 and a size of 1, in the order of the columns; null: empty.
SCALES = "scales"


class Column(msgspec.Struct, frozen=True):
    """A column of a relation of the database."""

    name: str
    type: str  # as the server writes it: numeric, text[]


class Relation(msgspec.Struct, frozen=True):
    """A relation of the database that is archived, a day at a time."""

    name: str  # trades, quotes, candles_1m, amendments; the table has the same
    store: str  # with its schema, as SQL
    time: str  # the column that its days are of
    kind: str | None  # the relation of events at the bottom of its tree; None: amendments
    columns: tuple[Column, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """The columns that it is sorted by."""
        if self.time == "bucket":
            return ("symbol", "source", "bucket")
        if self.kind is None:
            return ("symbol", "source", "ts", "id")
        return ("symbol", "source", "ts", "ns", "seq", "tick_id")

    @property
    def numbers(self) -> list[str]:
        """The columns whose decimals are in SCALES."""
        return [column.name for column in self.columns if column.type == "numeric"]

    @property
    def is_events(self) -> bool:
        """Whether it is trades or quotes."""
        return self.name == self.kind

    @property
    def is_candles(self) -> bool:
        """Whether it is made from events."""
        return self.kind is not None and not self.is_events


def relations(conn: psycopg.Connection[Any]) -> list[Relation]:
    """Returns what is archived, amendments first, and trades before their candles.

    `conn` needs a role that may read ops.lifecycle: the owner or the loader.
    """
    rows = conn.execute(sql.load("archive", "relations")).fetchall()
    return [
        Relation(name, store, time, kind, msgspec.convert(columns, tuple[Column, ...]))
        for name, store, time, kind, columns in rows
    ]


def schema_of(relation: Relation, *, scales: bool = True) -> Schema:
    """Returns the columns of an Iceberg table; all are optional."""
    columns = [*relation.columns, *([Column(SCALES, "text")] if scales else [])]
    elements = iter(range(len(columns) + 1, 2 * len(columns) + 1))
    return Schema(
        *(
            NestedField(
                number,
                column.name,
                ListType(next(elements), StringType(), element_required=False)
                if column.type == LIST
                else TYPES[column.type],
                required=False,
            )
            for number, column in enumerate(columns, 1)
        )
    )


def partition_of(relation: Relation, schema: Schema) -> PartitionSpec:
    """Returns the partitions: days, in UTC."""
    source = schema.find_field(relation.time).field_id
    return PartitionSpec(PartitionField(source, PARTITION_ID, DayTransform(), "day"))


def sort_of(relation: Relation, schema: Schema) -> SortOrder:
    """Returns the order of rows within a day."""
    return SortOrder(
        *(
            SortField(
                schema.find_field(name).field_id,
                IdentityTransform(),
                null_order=NullOrder.NULLS_LAST,
            )
            for name in relation.order
        )
    )


def identifier(name: str, namespace: str = NAMESPACE) -> tuple[str, str]:
    """Returns the name of a relation's table in the catalog."""
    return (namespace, name)


def open_table(catalog: Catalog, relation: Relation, namespace: str = NAMESPACE) -> Table:
    """Returns the table of a relation, made if there is none, with the columns it has got since.

    Another namespace has the same tables without SCALES: candles made by another engine.
    """
    schema = schema_of(relation, scales=namespace == NAMESPACE)
    name = identifier(relation.name, namespace)
    if not catalog.table_exists(name):
        catalog.create_namespace_if_not_exists(namespace)
        return catalog.create_table(
            name,
            schema,
            partition_spec=partition_of(relation, schema),
            sort_order=sort_of(relation, schema),
            properties=PROPERTIES,
        )
    table = catalog.load_table(name)
    if {field.name for field in schema.fields} - {field.name for field in table.schema().fields}:
        with table.update_schema() as update:
            update.union_by_name(schema)
    return table
