"""Values that decimal(38,18) and Iceberg's times cannot hold, found before anything is written."""

from datetime import date
from typing import Any

import msgspec
import psycopg
from psycopg import sql
from psycopg.rows import class_row

from archive import export
from archive.tables import PRECISION, QUOTIENTS, SCALE, Column, Relation
from db.errors import StockpulseError

MOST_NAMED = 3
FIRST, LAST = "0001-01-01 00:00+00", "10000-01-01 00:00+00"


class DoesNotFit(StockpulseError):
    """A value of a day has more digits than the archive can hold."""


class Value(msgspec.Struct, frozen=True):
    """A value that the archive cannot hold, and its row."""

    symbol: str
    source: str
    ts: str  # as the server writes it
    column: str
    value: str


def check(conn: psycopg.Connection[Any], relation: Relation, day: date) -> None:
    """Raises DoesNotFit, which names the first rows, if the archive cannot hold a day."""
    if not (found := values(conn, relation, day)):
        return
    named = "; ".join(
        f"{one.symbol} {one.source} {one.ts} {one.column} {one.value}" for one in found[:MOST_NAMED]
    )
    more = " and more" if len(found) > MOST_NAMED else ""
    raise DoesNotFit(
        f"{relation.name} of {day} are not archived: decimal({PRECISION},{SCALE}) and the years"
        f" 1 to 9999 cannot hold {named}{more}"
    )


def values(conn: psycopg.Connection[Any], relation: Relation, day: date) -> list[Value]:
    """Returns the first values of a day that the archive cannot hold."""
    tests = {
        column.name: test for column in relation.columns if (test := _test(column)) is not None
    }
    is_any = sql.SQL(" or ").join(tests.values())
    chosen = sql.SQL(" ").join(
        sql.SQL("when {} then array[{}, {}::text]").format(
            test, sql.Literal(name), sql.Identifier(name)
        )
        for name, test in tests.items()
    )
    query = sql.SQL(
        'select symbol, source, ts, value[1] as "column", value[2] as value from ('
        "select symbol, source, {}::text as ts, case {} end as value from {} as row"
        " where {} and ({}) limit {}) as unfit"
    ).format(
        sql.Identifier(relation.time),
        chosen,
        sql.SQL(relation.store),  # as the server quotes it
        export.within(relation, day),
        is_any,
        sql.Literal(MOST_NAMED + 1),
    )
    with conn.cursor(row_factory=class_row(Value)) as cursor:
        return cursor.execute(query).fetchall()


def _test(column: Column) -> sql.Composed | None:
    """Returns the condition that a value does not fit, as SQL; null where there is none."""
    name = sql.Identifier(column.name)
    if column.type == "timestamp with time zone":
        return sql.SQL("not ({0} >= {1} and {0} < {2})").format(
            name, sql.Literal(FIRST), sql.Literal(LAST)
        )
    if column.type != "numeric":
        return None
    most = sql.Literal(10 ** (PRECISION - SCALE))
    if column.name in QUOTIENTS:
        return sql.SQL("not (abs({}) < {})").format(name, most)
    return sql.SQL("not (abs({0}) < {1} and min_scale({0}) <= {2})").format(
        name, most, sql.Literal(SCALE)
    )
