"""Reads what COPY writes in large blocks.

psycopg's own loop takes some microseconds per row, and a wake-up for each 8 KB that the server
sends; here rows are taken from libpq as long as it has any, then the socket has time to fill.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from typing import Any

from psycopg import AsyncClientCursor, AsyncConnection, errors, generators, pq, sql
from psycopg.waiting import Ready, Wait

BLOCK_BYTES = 256 * 1024
PAUSE_SECONDS = 0.002  # the server writes some 200 KB meanwhile
SEND_SECONDS = 0.5  # after which a block that is not full is given too


async def copied(
    conn: AsyncConnection[Any],
    statement: sql.Composed,
    values: Mapping[str, object],
    block_bytes: int = BLOCK_BYTES,
    count: Callable[[int], None] = lambda _rows: None,
) -> AsyncIterator[bytes]:
    """Yields what a COPY writes, in blocks of whole rows; raises psycopg.Error.

    The values are bound on this side, since COPY takes none. A connection whose COPY was not read
    to its end cannot be used again; after that `count` is called with the number of rows.
    """
    text = AsyncClientCursor(conn).mogrify(statement, values)
    conn.pgconn.send_query(text.encode())
    _check(await conn.wait(generators.execute(conn.pgconn)), pq.ExecStatus.COPY_OUT)
    more = True
    while more:
        block = bytearray()
        more = await _fill(conn, block, block_bytes)
        if block:
            yield bytes(block)
    results = await conn.wait(generators.fetch_many(conn.pgconn))
    _check(results, pq.ExecStatus.COMMAND_OK)
    count(results[0].command_tuples or 0)


async def _fill(conn: AsyncConnection[Any], block: bytearray, block_bytes: int) -> bool:
    """Adds rows until the block is full or has waited long; returns whether more may come."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + SEND_SECONDS
    while _take(conn.pgconn, block, block_bytes):
        if len(block) >= block_bytes or (block and loop.time() > deadline):
            return True
        await conn.wait(_readable())
        if block:
            await asyncio.sleep(PAUSE_SECONDS)
        conn.pgconn.consume_input()
    return False


def _take(pgconn: pq.abc.PGconn, block: bytearray, block_bytes: int) -> bool:
    """Adds the rows that are there until the block is full; returns whether more may come."""
    next_row = pgconn.get_copy_data
    while len(block) < block_bytes:
        length, row = next_row(1)
        if length == 0:
            pgconn.consume_input()  # which reads 16 KB at most
            length, row = next_row(1)
            if length == 0:
                return True
        if length < 0:
            return False
        block += row
    return True


def _readable() -> Generator[Wait, Ready | int, None]:
    yield Wait.R


def _check(results: list[pq.abc.PGresult], status: pq.ExecStatus) -> None:
    for result in results:
        if result.status != status:
            raise errors.error_from_result(result)
