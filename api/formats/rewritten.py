"""Exports under which TimescaleDB rewrites chunks: they end, rather than lack rows.

Rows of a columnar chunk that is rewritten, as its policy does where late ones came, are in no
snapshot from before, without an error. Chunks that an export has read are locked until its end.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Any, NamedTuple

import msgspec

from api.errors import Unavailable
from api.patience import patiently
from api.pool import Reader
from db import sql
from db.tables.table import Table

REWRITTEN = (
    "TimescaleDB has rewritten chunks while they were exported, of which rows would be missing;"
    " try again."
)


class State(NamedTuple):
    """The number of a chunk's file, and its flags: columnar, with rows besides, and others."""

    file: str | None
    flags: int


async def unless_rewritten(
    blocks: AsyncGenerator[bytes], reader: Reader, table: Table
) -> AsyncGenerator[bytes]:
    """Yields the blocks of a snapshot that is taken by the first of them; raises Unavailable."""
    async with aclosing(blocks):
        before = await _columnar(reader, table)
        async for block in blocks:
            yield block
        if before and _are_rewritten(before, await patiently(partial(_columnar, reader, table))):
            raise Unavailable(REWRITTEN)


def _are_rewritten(before: dict[str, State], after: dict[str, State]) -> bool:
    """Returns whether a chunk has another file, or flags less: more of them mean late rows."""
    return any(
        (now := after.get(chunk)) is None or now.file != was.file or was.flags & ~now.flags
        for chunk, was in before.items()
    )


async def _columnar(reader: Reader, table: Table) -> dict[str, State]:
    """Returns the states of the columnar chunks that the table may be read from."""
    if not table.relations:
        return {}
    values: dict[str, Any] = {name: table.values[name] for name in ("start", "end")}
    values["relations"] = list(table.relations)
    async with reader.checked_connection() as conn:
        cursor = await conn.execute(sql.load("api.formats", "columnar_chunks"), values)
        row = await cursor.fetchone()
    assert row is not None
    return msgspec.json.decode(row[0], type=dict[str, State])
