"""Sends requests to a venue, at the pace that it allows."""

import asyncio
from collections.abc import Iterable
from itertools import islice
from typing import Any

import msgspec

from ingest.feed.source import Connection


async def send(connection: Connection, requests: Iterable[Any], pause: float) -> None:
    """Sends requests as JSON, `pause` seconds apart."""
    for number, request in enumerate(requests):
        if number:
            await asyncio.sleep(pause)
        await connection.send(msgspec.json.encode(request).decode())


def parts(names: Iterable[str], size: int) -> Iterable[list[str]]:
    """Yields names in lists of up to `size`."""
    left = iter(names)
    while part := list(islice(left, size)):
        yield part
