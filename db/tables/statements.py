"""The COPY statement of a table in a format: an expression per column, by its kind."""

from typing import LiteralString

from psycopg import sql

from db.tables.display import TIME_STYLES, Display
from db.tables.formats import NDJSON, Format
from db.tables.table import Column, Table, unit_of

# Microseconds since 1970, in a tenth of the time that extract(epoch from ...) takes.
_MICROSECONDS: LiteralString = "_timescaledb_functions.to_unix_microseconds({value})"
# Divided as counts since year 1, so that times before 1970 are floored too.
COUNTS: dict[str, LiteralString] = {
    "s": f"(({_MICROSECONDS} + 62135596800000000) / 1000000 - 62135596800)",
    "ms": f"(({_MICROSECONDS} + 62135596800000000) / 1000 - 62135596800000)",
    "us": _MICROSECONDS,
    "ns": f"({_MICROSECONDS} * 1000 + {{nanos}})",
}
# As many digits in each row: some readers expect the format of the first one.
SECONDS: LiteralString = """btrim(to_json({value} at time zone 'UTC')::text, '"') || 'Z'"""
_TO_CHAR: LiteralString = "to_char({value} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US"
MICROSECONDS: LiteralString = f'{_TO_CHAR}"Z"\')'
NANOSECONDS: LiteralString = (
    f'case when {{nanos}} = 0 then {_TO_CHAR}"000Z"\') '
    f"else {_TO_CHAR}') || substr((1000 + {{nanos}})::text, 2) || 'Z' end"
)
# With a point: readers that guess types from the first rows expect no fraction after whole numbers.
POINTED: LiteralString = "case when scale({value}) = 0 then round({value}, 1) else {value} end"

# The delimiter and the quote are control characters, which JSON escapes: no line is ever quoted.
COPY_LINES = sql.SQL(
    "copy ("
    "select row_to_json(line) from (select {columns} from ({statement}) as found {order}) as line"
    ") to stdout (format csv, delimiter E'\\x02', quote E'\\x01')"
)
COPY_CSV = sql.SQL(
    "copy (select {columns} from ({statement}) as found {order}) to stdout (format csv)"
)


def copy_statement(table: Table, form: Format, display: Display) -> sql.Composed:
    """Returns the COPY that writes the rows of a table; its placeholders are the table's."""
    template = COPY_LINES if form == NDJSON else COPY_CSV
    columns = [
        sql.SQL("{} as {}").format(
            sql.SQL(_expression(column, form, display)).format(
                value=sql.Identifier(column.name),
                nanos=sql.Identifier(column.nanos) if column.nanos else sql.SQL("0"),
            ),
            sql.Identifier(column.name),
        )
        for column in table.columns
    ]
    return template.format(
        columns=sql.SQL(", ").join(columns),
        statement=_statement(table),
        order=_order(table),
    )


def header(table: Table) -> bytes:
    """Returns the first line of a table in CSV."""
    return ",".join(column.name for column in table.columns).encode() + b"\n"


def _statement(table: Table) -> sql.Composable:
    given = table.statement
    return given if isinstance(given, sql.Composed) else sql.SQL(given)


def _order(table: Table) -> sql.Composable:
    if not table.order:
        return sql.SQL("")
    ids = {column.name for column in table.columns if column.kind == "id"}
    direction = sql.SQL(" desc" if table.descending else "")
    nulls = sql.SQL(" nulls last" if table.descending else " nulls first")
    keys = [
        sql.Identifier("found", name) + direction + (nulls if name in ids else sql.SQL(""))
        for name in table.order
    ]
    return sql.SQL("order by ") + sql.SQL(", ").join(keys)


def _expression(column: Column, form: Format, display: Display) -> LiteralString:
    match column.kind:
        case "bucket" | "time":
            return _time(column, form, display)
        case "number" if form == NDJSON and display.as_strings:
            return "{value}::text"
        case "number" if not form.needs_arrow and not display.as_strings:
            return POINTED
        case "texts" if form != NDJSON:
            return "to_json({value})"
        case "truth" if form != NDJSON:
            return "{value}::text"
    return "{value}"


def _time(column: Column, form: Format, display: Display) -> LiteralString:
    if form.needs_arrow or display.ts != TIME_STYLES[0]:
        return COUNTS[unit_of(column, display)]
    if column.kind == "bucket":
        return SECONDS
    return NANOSECONDS if column.nanos else MICROSECONDS
