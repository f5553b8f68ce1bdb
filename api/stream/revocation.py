"""Ends the streams of keys that are revoked; the keys are asked for while streams are open."""

import asyncio

from api.known_keys import KnownKeys
from api.stream.streams import REVOKED, Streams

CHECK_SECONDS = 2.0  # a key is revoked within five seconds, as for other requests


async def end_revoked(streams: Streams, known: KnownKeys) -> None:
    """Looks at the keys of all streams again and again."""
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        for key in streams.keys:
            if not await known.holds(key):
                streams.end(REVOKED, key)
