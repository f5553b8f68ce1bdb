"""The COPY statement of a table in a format: an expression per column, by its kind."""

from typing import LiteralString

from psycopg import sql

from api.formats.negotiation import CSV, NDJSON, Format
from api.formats.table import TIMES, Column, Style, Table

# Microseconds since 1970, in a tenth of the time that extract(epoch from ...) takes.
_MICROSECONDS: LiteralString = "_timescaledb_functions.to_unix_microseconds({time})"
# Year 1 in microseconds: divided from there on, times before 1970 are floored too.
_FLOORED: LiteralString = (
    f"(({_MICROSECONDS} + 62135596800000000) / {{units}} - 62135596800000000 / {{units}})"
)
COUNTS: dict[str, LiteralString] = {
    "s": _FLOORED.replace("{units}", "1000000"),
    "ms": _FLOORED.replace("{units}", "1000"),
    "us": _MICROSECONDS,
    "ns": f"({_MICROSECONDS} * 1000 + {{nanos}})",
}
# to_json is faster than to_char, does not depend on datestyle, and has no needless zeros.
RFC_3339: LiteralString = """btrim(to_json({time} at time zone 'UTC')::text, '"') || 'Z'"""
RFC_3339_WITH_NANOS: LiteralString = (
    f"case when {{nanos}} = 0 then {RFC_3339} else rtrim("
    """to_char({time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')"""
    " || substr((1000 + {nanos})::text, 2), '0') || 'Z' end"
)

# The delimiter and the quote are control characters, which JSON escapes: no line is ever quoted.
COPY_LINES = sql.SQL(
    "copy (select row_to_json(line) from (select {columns} from ({statement}) as found {order}) as line)"
    " to stdout (format csv, delimiter E'\\x02', quote E'\\x01')"
)
COPY_CSV = sql.SQL("copy (select {columns} from ({statement}) as found {order}) to stdout (format csv)")


def copy_statement(table: Table, wanted: Format, style: Style) -> sql.Composed:
    """Returns the COPY that writes the rows of a table; its placeholders are the table's."""
    template = COPY_LINES if wanted == NDJSON else COPY_CSV
    columns = [
        sql.SQL("{} as {}").format(_written(column, wanted, style), sql.Identifier(column.name))
        for column in table.columns
    ]
    return template.format(
        columns=sql.SQL(", ").join(columns),
        statement=sql.SQL(table.statement),
        order=_order(table),
    )


def header(table: Table) -> bytes:
    """Returns the first line of a table in CSV."""
    return ",".join(column.name for column in table.columns).encode() + b"\n"


def counted(style: Style) -> Style:
    """Returns the style in which a time is a count of the units that it is stored in."""
    return style._replace(ts="us") if style.ts == TIMES[0] else style


def _order(table: Table) -> sql.Composable:
    if not table.order:
        return sql.SQL("")
    direction = sql.SQL(" desc nulls last" if table.descending else " nulls first")
    keys = [sql.Identifier("found", name) + direction for name in table.order]
    return sql.SQL("order by {}").format(sql.SQL(", ").join(keys))


def _written(column: Column, wanted: Format, style: Style) -> sql.Composed:
    value = sql.Identifier(column.name)
    if column.kind == "time":
        nanos = sql.Identifier(column.nanos) if column.nanos else sql.SQL("0")
        return sql.SQL(_time(column, style)).format(time=value, nanos=nanos)
    if column.kind == "number" and wanted == NDJSON and style.decimals == "string":
        return sql.SQL("{}::text").format(value)
    if column.kind == "texts" and wanted != NDJSON:
        return sql.SQL("to_json({})").format(value)
    if column.kind == "truth" and wanted == CSV:
        return sql.SQL("{}::text").format(value)
    return sql.Composed([value])


def _time(column: Column, style: Style) -> LiteralString:
    if style.ts != TIMES[0]:
        return COUNTS[style.ts]
    return RFC_3339_WITH_NANOS if column.nanos else RFC_3339
