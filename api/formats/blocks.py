"""The bytes of a table in a format, as they are made."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection

from api.formats.copying import BLOCK_BYTES, copied
from api.formats.negotiation import CSV, Format
from api.formats.statements import copy_statement, counted, header
from api.formats.table import Style, Table

if TYPE_CHECKING:
    from api.formats.arrow import Encoder

ARROW_BYTES = 1024 * 1024  # of CSV, that become one batch


async def blocks(
    conn: AsyncConnection[Any], table: Table, form: Format, style: Style
) -> AsyncIterator[bytes]:
    """Yields the table in blocks; raises psycopg.Error."""
    if form.needs_arrow:
        from api.formats.arrow import Encoder  # takes a third of a second

        rows = _rows(conn, table, form, counted(style), ARROW_BYTES)
        async for block in _encoded(rows, Encoder(table, form, style)):
            yield block
        return
    if form == CSV:
        yield header(table)
    async for block in _rows(conn, table, form, style, BLOCK_BYTES):
        yield block


async def _rows(
    conn: AsyncConnection[Any], table: Table, form: Format, style: Style, block_bytes: int
) -> AsyncIterator[bytes]:
    statement = copy_statement(table, form, style)
    for values in table.values:
        async for block in copied(conn, statement, values, block_bytes):
            yield block


async def _encoded(rows: AsyncIterator[bytes], encoder: "Encoder") -> AsyncIterator[bytes]:
    """Yields what a thread makes of the rows, while the next ones are read."""
    under_way: asyncio.Task[bytes] | None = None
    async for block in rows:
        if under_way and (ready := await under_way):
            yield ready
        under_way = asyncio.create_task(asyncio.to_thread(encoder.add, block))
    if under_way and (ready := await under_way):
        yield ready
    yield await asyncio.to_thread(encoder.end)
