"""A WebSocket of a venue that sends nothing while nothing happens: pings tell that it is there.

A pong is handed on as a frame, behind all that came before it: so it also says that nothing has
happened until then.
"""

import asyncio
from typing import Any

from websockets.asyncio.client import ClientConnection

PONG = b"pong"  # told from a frame by being this very object


class Pinged:
    """A connection that pings after `seconds` without a frame, and gives PONG if all is quiet."""

    def __init__(self, connection: ClientConnection, seconds: float) -> None:
        self._connection = connection
        self._seconds = seconds

    async def recv(self, decode: bool | None = None) -> Any:
        """Returns the next frame, or PONG; raises as the connection does."""
        while True:
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._connection.recv(decode)
            except TimeoutError:
                pass
            if await self._is_answered():
                try:
                    async with asyncio.timeout(0):  # takes what has come, and waits for nothing
                        return await self._connection.recv(decode)
                except TimeoutError:
                    return PONG

    async def send(self, message: str | bytes) -> None:
        """Sends a message."""
        await self._connection.send(message)

    async def _is_answered(self) -> bool:
        """Pings, and returns whether a pong comes in time."""
        pong = await self._connection.ping()
        try:
            async with asyncio.timeout(self._seconds):
                await pong
        except TimeoutError:
            return False
        return True
