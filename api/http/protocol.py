"""HTTP/1.1 of uvicorn, with bounds for clients that send or read slowly, or send too much."""

import asyncio
import logging
import resource
import secrets
from functools import cache
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.errors import HEAD_TOO_LARGE, MOST_HEAD_BYTES

ARRIVAL_SECONDS = 10.0  # for a request, from its first byte (of a new connection: from opening it)
STALL_SECONDS = 30.0  # without a byte taken by a client that has an answer to read

MOST_DESCRIPTORS = 8192
SPARE = 64  # descriptors beyond the connections: for the database, and for probes of health

# Strangers can send any number of requests that are no HTTP: only faults of ours are logged.
_LOGGER = logging.getLogger("uvicorn.error.http")
_LOGGER.setLevel(logging.ERROR)
CUT = "ASGI callable returned without completing response."
NO_TEXT = "Invalid UTF-8 sequence received from client."  # over a WebSocket

TEXTS = {
    HTTPStatus.SERVICE_UNAVAILABLE: "Too many connections are open.",
    HTTPStatus.BAD_REQUEST: "This is no HTTP request; in a URL, percent-encode all but ASCII.",
    HTTPStatus.REQUEST_TIMEOUT: f"The request did not arrive within {ARRIVAL_SECONDS:.0f} s.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: HEAD_TOO_LARGE,
}


@cache
def most_connections() -> int:
    """Returns how many connections there may be, once the limit of descriptors has been raised."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, MOST_DESCRIPTORS) if hard != resource.RLIM_INFINITY else MOST_DESCRIPTORS
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted) - SPARE


def _is_fault(record: logging.LogRecord) -> bool:
    """Returns whether a line of uvicorn tells of a fault: no answer that was cut on purpose.

    Exports log themselves why they are cut; at the end of the process some answers are cancelled.
    """
    cancelled = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cancelled and record.msg not in (CUT, NO_TEXT)


_LOGGER.addFilter(_is_fault)


class Protocol(HttpToolsProtocol):
    """One connection."""

    _arrival: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None
    _is_upgraded = False  # to a WebSocket, which has a protocol of its own
    _in_head = True  # of a request of which more is to come
    _arrived = False
    _head_bytes = 0  # arrived
    _parsed_bytes = 0  # of them, in names and values
    _fault = HTTPStatus.BAD_REQUEST

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = _LOGGER

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._arrival = self.loop.call_later(ARRIVAL_SECONDS, self._too_late)
        if len(self.connections) > most_connections():
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._arrival, self._stall):
            if timer:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data) if self._in_head else 0
        super().data_received(data)
        if self._is_upgraded or self.transport.is_closing():
            return
        if self._in_head and self._head_bytes > MOST_HEAD_BYTES:
            self._answer(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._arrived and self._arrival:
            self._arrival.cancel()
            self._arrival = None
        elif not self._arrived and not self._arrival:
            self._arrival = self.loop.call_later(ARRIVAL_SECONDS, self._too_late)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._arrived = True, False
        self._head_bytes = self._parsed_bytes = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._bound_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._bound_head(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head, self._arrived, self._head_bytes = True, True, 0
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._is_upgraded = True
        if self._arrival:
            self._arrival.cancel()
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_stall()

    def resume_writing(self) -> None:
        if self._stall:
            self._stall.cancel()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        if self.transport.get_write_buffer_size():
            self.transport.abort()  # the client never took its last answer
        else:
            super().timeout_keep_alive_handler()

    def _unsupported_upgrade_warning(self) -> None:
        """Says nothing: HTTP/1.1 goes on, as it does for HTTP/2 over cleartext."""

    def send_400_response(self, msg: str) -> None:
        del msg
        self._answer(self._fault)

    def _bound_head(self, more: int) -> None:
        """Makes the parser stop in a head that is too large, though it came at once."""
        self._parsed_bytes += more
        if self._parsed_bytes > MOST_HEAD_BYTES:
            self._fault = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise ValueError(self._fault.phrase)

    def _make_room(self) -> None:
        """Closes an idle connection in favour of this one, or this one if none is idle."""
        others = (each for each in self.connections if isinstance(each, Protocol))
        idle = next((each for each in others if each.is_idle), None)
        if idle:
            idle.transport.abort()
        else:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE)

    @property
    def is_idle(self) -> bool:
        """Whether a request has been answered and no other has begun."""
        return self._arrived and self.cycle is not None and self.cycle.response_complete

    def _watch_stall(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._stall = self.loop.call_later(STALL_SECONDS, self._check_stall, left)

    def _check_stall(self, before: int) -> None:
        if self.transport.get_write_buffer_size() >= before:
            self.transport.abort()
        else:
            self._watch_stall()

    def _too_late(self) -> None:
        self._arrival = None
        if not self.transport.is_closing():
            self._answer(HTTPStatus.REQUEST_TIMEOUT)

    def _answer(self, status: HTTPStatus) -> None:
        """Closes the connection, with an answer unless another one is under way."""
        cycle: Any = self.cycle
        if cycle is None or cycle.response_complete or not cycle.response_started:
            text = f"{TEXTS[status]}\n".encode()
            head = (
                f"HTTP/1.1 {status.value} {status.phrase}\r\n"
                "content-type: text/plain; charset=utf-8\r\n"
                f"content-length: {len(text)}\r\n"
                f"x-request-id: {secrets.token_hex(8)}\r\n"
                "connection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + text)
        self.transport.close()
