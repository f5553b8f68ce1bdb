"""A flat table that can be answered in any format but JSON."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Literal, LiteralString, NamedTuple

from psycopg import sql

from db.tables.display import TIME_STYLES, Display

Kind = Literal["bucket", "time", "number", "decimal", "count", "text", "id", "texts", "truth"]


class Column(NamedTuple):
    """A column of a table's statement.

    A bucket is a timestamptz of whole seconds, a time any other; `nanos` names the column with its
    nanoseconds below the microsecond, which is no column of the table. A number is a numeric, a
    decimal one that fits decimal(38, 18), a count an integer, an id a text that few rows share,
    texts are a text [].
    """

    name: str
    kind: Kind
    nanos: str | None = None


class Table(NamedTuple):
    """The rows of a statement with some values.

    `name` and `about`, which says which rows these are, become the name of a file. `parts` is a
    statement whose rows are more values: the table is then the rows of `statement` with each of
    them in turn, ordered by the columns in `order`, of which ids are null first. `pieces` gives the
    tables whose rows are those of one part, one after the other; the next is asked for once the
    rows of the one before have been read. Its repr() tells it from others. `relations` are those of
    the database that it is read from, between `start` and `end` of its values, if these are known.
    """

    name: str
    statement: LiteralString | sql.Composed  # a SELECT that has all of the columns
    values: Mapping[str, object]
    columns: Sequence[Column]
    about: Sequence[str] = ()
    parts: LiteralString | None = None
    order: Sequence[str] = ()
    descending: bool = False
    is_page: bool = False  # as few rows as a page in JSON
    relations: Sequence[str] = ()
    pieces: "Callable[[Table], AsyncIterator[Table]] | None" = None


def unit_of(column: Column, display: Display) -> str:
    """Returns the unit in which a column of times is counted: the one that loses nothing."""
    if display.ts != TIME_STYLES[0]:
        return display.ts
    return "ns" if column.nanos else "us"
