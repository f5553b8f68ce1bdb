"""A client of Alpaca's stream that keeps what it is sent."""

from contextlib import ExitStack, suppress
from typing import Any

import msgspec
from websockets.exceptions import ConnectionClosed
from websockets.sync import client

MSGPACK = {"Content-Type": "application/msgpack"}
DEADLINE_SECONDS = 20.0


class Client:
    """A socket, whose messages are read one by one, whatever lists they came in."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self._headers = headers or {}
        self._is_msgpack = MSGPACK.items() <= self._headers.items()
        self._stack = ExitStack()
        self._socket = self._stack.enter_context(
            client.connect(url, additional_headers=self._headers)
        )
        self._read: list[dict[str, Any]] = []

    def send(self, **request: object) -> None:
        """Sends a request in the form of the connection."""
        if self._is_msgpack:
            self._socket.send(msgspec.msgpack.encode(request))
        else:
            self._socket.send(msgspec.json.encode(request).decode())

    def send_raw(self, data: object) -> None:
        """Sends a frame, or several that are one message."""
        self._socket.send(data)  # type: ignore[arg-type]

    def message(self) -> dict[str, Any]:
        """Returns the next message."""
        while not self._read:
            self._take(DEADLINE_SECONDS)
        return self._read.pop(0)

    def has_message(self) -> bool:
        """Returns whether there is a message, after a moment."""
        if not self._read:
            with suppress(TimeoutError):
                self._take(0.1)
        return bool(self._read)

    def messages(self, count: int) -> list[dict[str, Any]]:
        """Returns the next messages."""
        return [self.message() for _ in range(count)]

    def subscribe(self, **channels: list[str]) -> dict[str, Any]:
        """Subscribes, and returns the answer."""
        self.send(action="subscribe", **channels)
        return self.message()

    def ended(self) -> tuple[int | None, str | None]:
        """Returns code and reason with which the server ended the connection."""
        with suppress(ConnectionClosed):
            while True:
                self._socket.recv(timeout=DEADLINE_SECONDS)
        return self._socket.protocol.close_code, self._socket.protocol.close_reason

    def _take(self, seconds: float) -> None:
        frame = self._socket.recv(timeout=seconds)
        assert isinstance(frame, bytes) == self._is_msgpack
        data = frame if isinstance(frame, bytes) else frame.encode()
        decode = msgspec.msgpack.decode if self._is_msgpack else msgspec.json.decode
        self._read = decode(data, type=list[dict[str, Any]])

    def close(self) -> None:
        """Leaves."""
        self._stack.close()
