"""The socket of a client: frames in, and lists of messages out."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from api.alpaca.stream.codes import StreamError
from api.alpaca.stream.wire import frames, wire_of

FAREWELL_SECONDS = 1.0  # for the last message of a client that does not read
GONE = (OSError, WebSocketDisconnect)  # what sending raises once the client has left

Message = dict[str, Any]


class Line:
    """Sends in the form that the client asked for; one frame at a time."""

    def __init__(self, socket: WebSocket[Any, Any, Any]) -> None:
        self._socket = socket
        self.wire = wire_of(socket.scope["headers"])
        self.lock = asyncio.Lock()  # held by whoever sends

    async def receive(self, seconds: float | None = None) -> bytes | None:
        """Returns what the client sends next, None once it has left; raises TimeoutError."""
        frame: Any = await asyncio.wait_for(self._socket.receive(), seconds)
        if frame["type"] == "websocket.disconnect":
            return None
        data: bytes | None = frame.get("bytes")
        return data if data is not None else (frame.get("text") or "").encode()

    async def tell(self, message: Message) -> None:
        """Sends one message of the protocol."""
        await self.send([self.wire.encode(message)])

    async def send(self, messages: Iterable[bytes]) -> None:
        """Sends messages that are encoded."""
        async with self.lock:
            await self.put(messages)

    async def put(self, messages: Iterable[bytes]) -> None:
        """Sends messages for the holder of the lock."""
        for frame in frames(self.wire, messages):
            data: Any = {"text": frame.decode()} if self.wire.is_text else {"bytes": frame}
            await self._socket.send(data | {"type": "websocket.send"})

    async def end(self, error: StreamError) -> None:
        """Tells the client why the connection ends, if it reads, and ends it."""
        with suppress(TimeoutError, *GONE):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self.tell(error.message())
                await self._socket.close(error.status, error.reason)
