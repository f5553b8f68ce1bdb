"""WebSockets of uvicorn, with the bounds of the connections that they come from."""

import asyncio
import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

STALL_SECONDS = 30.0  # without a byte taken by a client that has messages to read
MOST_BYTES = 256 * 1024  # of a message that a client sends
MOST_UNREAD = 1024 * 1024  # bytes that wait for a client; of ours few do, but it may send pings


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One connection after its upgrade. It is not compressed, as that takes 64 KB for each."""

    _stall: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = logging.getLogger("uvicorn.error.http")

    def connection_lost(self, exc: Exception | None) -> None:
        if self._stall:
            self._stall.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        unread = self.transport.get_write_buffer_size()
        if unread > MOST_UNREAD or len(self.frames) > MOST_BYTES:  # empty ones count for nothing
            self.transport.abort()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_stall()

    def resume_writing(self) -> None:
        if self._stall:
            self._stall.cancel()
        super().resume_writing()

    def _watch_stall(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._stall = self.loop.call_later(STALL_SECONDS, self._check_stall, left)

    def _check_stall(self, before: int) -> None:
        if self.transport.get_write_buffer_size() >= before:
            self.transport.abort()
        else:
            self._watch_stall()
