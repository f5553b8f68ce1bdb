"""The rows of an export as bytes: a COPY for each day of events, or one of candles.

Each has a transaction of its own: one of hours would keep chunks from being compressed, and rows
that were compressed meanwhile would be missing from its snapshot.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncClientCursor, sql

from cli import archived
from db.errors import UsageError
from db.reading import Connection, stop
from db.sql import load
from db.tables.blocks import block_bytes
from db.tables.copying import copied
from db.tables.display import Display
from db.tables.formats import Format
from db.tables.statements import copy_statement
from db.tables.table import Column, Kind, Table

Advance = Callable[[int], None]

DISPLAY = Display(as_strings=True)
EVENTS = ("trades", "quotes")
# What belongs to the database and not to the event: the batch that brought it, and which candles it
# moves by which version of the rules.
LEFT_OUT = ("batch", "rules", "moves")
KINDS: Mapping[str, Kind] = {
    "text": "text",
    "text[]": "texts",
    "timestamp with time zone": "time",
    "numeric": "number",
    "bigint": "count",
    "integer": "count",
    "smallint": "count",
    "boolean": "truth",
}
# First those that order events; the others order events that are alike in these.
ORDER = ("symbol", "source", "ts", "bucket", "ns", "seq", "tick_id")
UNORDERED = ("conditions",)
ROWS = sql.SQL(
    "select * from {relation} where {time} >= %(since)s::timestamptz"
    " and {time} < %(until)s::timestamptz"
    " and (%(symbol)s::text is null or symbol = %(symbol)s::text)"
    " and (%(source)s::text is null or source = %(source)s::text)"
)
LOCKED = sql.SQL("select from ({rows}) as rows limit 0")
SERIES = sql.SQL(
    "select distinct symbol, source from ({rows}) as rows order by 1, 2 limit %(most)s"
)
MOST_SERIES = 200  # of a day: more are sorted by the server, which then has no index for it
MISFITS = sql.SQL(
    "select concat_ws(' ', symbol, source, {time}, {id}), name, value::text from ({rows}) as found"
    " cross join lateral (values {values}) as numbers (name, value)"
    " where abs(value) >= 1e20 or scale(trim_scale(value)) > 18 or value = 'nan' limit 3"
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The rows that are asked for: of a relation in the schema market, since <= time < until."""

    relation: str
    symbols: Sequence[str] = ()  # empty: all
    source: str | None = None
    since: datetime | str = "-infinity"
    until: datetime | str = "infinity"
    as_decimals: bool = False

    @property
    def time(self) -> str:
        return "ts" if self.relation in EVENTS else "bucket"


class Part(msgspec.Struct, frozen=True):
    """Rows that are read by one COPY; a symbol of None means all."""

    symbol: str | None
    since: datetime | str
    until: datetime | str


async def table_of(conn: Connection, asked: Asked) -> Table:
    """Returns the table of an export, without values; raises UsageError for unknown names."""
    cursor = await conn.execute(load("cli", "export_columns"), {"relation": asked.relation})
    found = await cursor.fetchall()
    if not found:
        raise UsageError(await _unknown_timeframe(conn, asked.relation))
    names = {"symbols": list(asked.symbols), "source": asked.source}
    row = await (await conn.execute(load("cli", "export_unknown"), names)).fetchone()
    assert row is not None
    for what, name in zip(("symbol", "source"), row, strict=True):
        if name is not None:
            raise UsageError(f"there is no {what} {name!r} in the database")
    columns = [_column(name, type_, asked) for name, type_ in found if name not in LEFT_OUT]
    known = {column.name for column in columns}
    others = [name for name in known if name not in (*ORDER, *UNORDERED)]
    return Table(
        name=asked.relation,
        statement=ROWS.format(
            relation=sql.Identifier("market", asked.relation), time=sql.Identifier(asked.time)
        ),
        values={"source": asked.source},
        columns=columns,
        order=[name for name in ORDER if name in known]
        + (sorted(others) if asked.relation in EVENTS else []),
    )


def _column(name: str, type_: str, asked: Asked) -> Column:
    kind = "id" if name == "tick_id" else KINDS[type_]
    return Column(name, "decimal" if kind == "number" and asked.as_decimals else kind)


async def _unknown_timeframe(conn: Connection, relation: str) -> str:
    cursor = await conn.execute("select timeframe from market.timeframes order by width")
    known = ", ".join(row[0] for row in await cursor.fetchall())
    name = relation.rpartition("_")[2]
    return f"there are no stored candles of the timeframe {name!r}; there are {known}"


async def check_stored(conn: Connection, asked: Asked) -> None:
    """Raises UsageError if only the archive has days of the range."""
    values = {"relation": asked.relation, "since": asked.since, "until": asked.until}
    archived.refuse(await (await conn.execute(load("cli", "export_archived"), values)).fetchone())


async def parts_of(conn: Connection, asked: Asked) -> list[Part]:
    """Returns the parts of an export in their order: by day, the candles by symbol alone."""
    times: Sequence[tuple[Any, Any]] = [(asked.since, asked.until)]
    if asked.relation in EVENTS:
        values = {"relation": asked.relation, "since": asked.since, "until": asked.until}
        times = await (await conn.execute(load("cli", "export_parts"), values)).fetchall()
    symbols: Sequence[str | None] = sorted(set(asked.symbols)) or [None]
    return [Part(symbol, since, until) for since, until in times for symbol in symbols]


async def check_decimals(
    conn: Connection, table: Table, parts: Sequence[Part], advance: Advance
) -> None:
    """Raises UsageError with the first numbers that no decimal(38, 18) can hold."""
    numbers = [column.name for column in table.columns if column.kind == "decimal"]
    known = {column.name for column in table.columns}
    statement = MISFITS.format(
        rows=table.statement,
        time=sql.Identifier("ts" if "ts" in known else "bucket"),
        id=sql.Identifier("tick_id") if "tick_id" in known else sql.SQL("null"),
        values=sql.SQL(", ").join(
            sql.SQL("({}, {})").format(sql.Literal(name), sql.Identifier(name)) for name in numbers
        ),
    )
    for part in parts:
        cursor = AsyncClientCursor(conn)
        await cursor.execute(statement, _values(table, part))
        if found := await cursor.fetchall():
            named = "; ".join(f"{name} of {row} is {value}" for row, name, value in found)
            raise UsageError(
                f"nothing was exported: decimals have 20 digits above the point and 18 below:"
                f" {named}; --numbers text has them exact"
            )
        advance(1)


async def rows(
    conn: Connection,
    table: Table,
    parts: Sequence[Part],
    form: Format,
    count: Advance,
    advance: Advance,
) -> AsyncGenerator[bytes]:
    """Yields the rows of an export, as blocks of what copy_statement() writes.

    `count` is called with the number of rows of each part, `advance` with those of each block, as
    far as lines tell.
    """
    statement = copy_statement(table, form, DISPLAY)
    for part in parts:
        async with conn.transaction():
            # This locks the chunks before the snapshot of a COPY is taken: one that is compressed
            # between the two, which empties it by TRUNCATE, would look empty.
            found = await _series(conn, table, _values(table, part))
            try:
                for values in found:
                    async for block in copied(conn, statement, values, block_bytes(form), count):
                        advance(block.count(b"\n"))
                        yield block
            finally:
                await asyncio.shield(stop(conn))


async def _series(
    conn: Connection, table: Table, values: dict[str, Any]
) -> Sequence[dict[str, Any]]:
    """Returns the values for each series of a part of events, in order; of other parts `values`.

    The events of a series come from an index in their order, those of many would be sorted.
    """
    cursor = AsyncClientCursor(conn)
    if table.name not in EVENTS or (values["symbol"] and values["source"]):
        await cursor.execute(LOCKED.format(rows=table.statement), values)
        return [values]
    await cursor.execute(SERIES.format(rows=table.statement), {**values, "most": MOST_SERIES + 1})
    found = await cursor.fetchall()
    if len(found) > MOST_SERIES:
        return [values]
    return [{**values, "symbol": symbol, "source": source} for symbol, source in found]


def _values(table: Table, part: Part) -> dict[str, Any]:
    return {**table.values, **msgspec.structs.asdict(part)}
