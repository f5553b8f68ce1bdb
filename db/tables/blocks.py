"""The bytes of a table in a format, as they are made."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from db.tables.copying import BLOCK_BYTES, copied
from db.tables.display import Display
from db.tables.formats import CSV, Format
from db.tables.statements import copy_statement, header
from db.tables.table import Table

if TYPE_CHECKING:
    from db.tables.arrow import Encoder

ARROW_BYTES = 512 * 1024  # of CSV, that become one batch
# One for all exports: each thread would keep memory of its own.
ENCODING = ThreadPoolExecutor(1, thread_name_prefix="arrow")


async def blocks(
    conn: AsyncConnection[Any], table: Table, form: Format, display: Display
) -> AsyncGenerator[bytes]:
    """Yields the table in blocks; raises psycopg.Error."""
    async for block in written(_rows(conn, table, form, display), table, form, display):
        yield block


async def written(
    rows: AsyncIterator[bytes], table: Table, form: Format, display: Display
) -> AsyncGenerator[bytes]:
    """Yields a table in blocks, given blocks of whole rows that its copy_statement() writes."""
    if form.needs_arrow:
        from db.tables.arrow import Encoder  # pyarrow is large, and may be missing

        async for block in _encoded(rows, Encoder(table, form, display)):
            yield block
        return
    if form == CSV:
        yield header(table)
    async for block in rows:
        yield block


def block_bytes(form: Format) -> int:
    """Returns the size of the blocks of rows that written() is given."""
    return ARROW_BYTES if form.needs_arrow else BLOCK_BYTES


async def _rows(
    conn: AsyncConnection[Any], table: Table, form: Format, display: Display
) -> AsyncIterator[bytes]:
    parts: list[dict[str, Any]] = [{}]
    if table.parts:
        cursor = conn.cursor(row_factory=dict_row)
        parts = await (await cursor.execute(table.parts, table.values)).fetchall()
    for part in parts:
        whole = table._replace(values={**table.values, **part})
        async for piece in table.pieces(whole) if table.pieces else _alone(whole):
            statement = copy_statement(piece, form, display)
            async for block in copied(conn, statement, piece.values, block_bytes(form)):
                yield block


async def _alone(whole: Table) -> AsyncIterator[Table]:
    yield whole


async def _encoded(rows: AsyncIterator[bytes], encoder: "Encoder") -> AsyncIterator[bytes]:
    """Yields what a thread makes of the rows, while the next ones are read."""
    under_way: asyncio.Future[bytes] | None = None
    async for block in rows:
        if under_way and (ready := await under_way):
            yield ready
        under_way = _in_thread(encoder.add, block)
    if under_way and (ready := await under_way):
        yield ready
    yield await _in_thread(encoder.end)


def _in_thread(encode: Callable[..., bytes], *given: bytes) -> asyncio.Future[bytes]:
    return asyncio.get_running_loop().run_in_executor(ENCODING, encode, *given)
