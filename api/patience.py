"""Readings that wait until there is room for them, as those of an export that has begun."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from api.errors import Busy

BUSY_SECONDS = 0.5  # between two tries
PATIENCE_SECONDS = 60.0  # for others: those that hang keep their places

Result = TypeVar("Result")


async def patiently(read: Callable[[], Awaitable[Result]]) -> Result:
    """Returns what `read` returns once it is not refused as one too many; raises Busy at last."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await read()
        except Busy:
            if time.monotonic() >= deadline:
                raise
        await asyncio.sleep(BUSY_SECONDS)
