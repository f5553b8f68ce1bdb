"""The two forms of Alpaca's messages, JSON and MessagePack: one list of messages per frame.

An event is encoded once without its head, which differs by client: a symbol is named as it was
asked for.
"""

import struct
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import msgspec

FRAME_BYTES = 65_536  # of a frame; alpaca-py gives up at 1 MiB
MSGPACK_TYPE = b"application/msgpack"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMESTAMP = -1  # the type of MessagePack's extension for times
_FIXED = 16  # fewer members than this stand in the first byte


class Wire(Protocol):
    """A form of messages."""

    @property
    def is_text(self) -> bool:
        """Returns whether it stands in text frames."""

    @property
    def name(self) -> str:
        """Returns a name of the form."""

    def price(self, digits: msgspec.Raw) -> Any:
        """Returns a price as the form has it."""

    def size(self, digits: msgspec.Raw) -> Any:
        """Returns a size as the form has it: a whole one is an integer."""

    def time(self, text: str) -> Any:
        """Returns a time, given in RFC 3339 with Z, to the nanosecond."""

    def encode(self, message: object) -> bytes:
        """Returns a message, or a struct, whose head event() writes."""

    def decode(self, data: bytes, type_: Any) -> Any:
        """Returns what a client sent; raises msgspec.DecodeError or ValidationError."""

    def event(self, type_: str, symbol: str, body: bytes) -> bytes:
        """Returns the message of an event: its type and symbol, then the members of `body`."""

    def frame(self, messages: list[bytes]) -> bytes:
        """Returns the list of messages."""


class Json:
    """JSON in text frames; numbers have all their digits."""

    is_text: Final = True
    name: Final = "alpaca json"

    def __init__(self) -> None:
        self.encode = msgspec.json.Encoder().encode

    def decode(self, data: bytes, type_: Any) -> Any:
        return msgspec.json.decode(data, type=type_)

    def price(self, digits: msgspec.Raw) -> msgspec.Raw:
        return digits

    def size(self, digits: msgspec.Raw) -> msgspec.Raw:
        return digits

    def time(self, text: str) -> str:
        return text

    def event(self, type_: str, symbol: str, body: bytes) -> bytes:
        return b'{"T":"%b","S":%b,%b' % (type_.encode(), self.encode(symbol), body[1:])

    def frame(self, messages: list[bytes]) -> bytes:
        return b"[%b]" % b",".join(messages)


class MsgPack:
    """MessagePack in binary frames, with Alpaca's types: prices are doubles, times timestamps."""

    is_text: Final = False
    name: Final = "alpaca msgpack"

    def __init__(self) -> None:
        self.encode = msgspec.msgpack.Encoder().encode

    def decode(self, data: bytes, type_: Any) -> Any:
        return msgspec.msgpack.decode(data, type=type_)

    def price(self, digits: msgspec.Raw) -> float:
        return float(bytes(digits))

    def size(self, digits: msgspec.Raw) -> int | float:
        number = float(bytes(digits))
        return int(number) if number.is_integer() and abs(number) < 2**53 else number

    def time(self, text: str) -> msgspec.msgpack.Ext:
        since = datetime.fromisoformat(text[:19] + "+00:00") - _EPOCH
        seconds = since.days * 86_400 + since.seconds
        ns = int(text[20:-1].ljust(9, "0")) if text[19] == "." else 0
        if 0 <= seconds < 2**34:
            return msgspec.msgpack.Ext(_TIMESTAMP, struct.pack(">Q", ns << 34 | seconds))
        return msgspec.msgpack.Ext(_TIMESTAMP, struct.pack(">Iq", ns, seconds))

    def event(self, type_: str, symbol: str, body: bytes) -> bytes:
        head = b"%c\xa1T%b\xa1S%b" % (body[0] + 2, self.encode(type_), self.encode(symbol))
        return head + body[1:]

    def frame(self, messages: list[bytes]) -> bytes:
        count = len(messages)
        head = struct.pack("B", 0x90 | count) if count < _FIXED else struct.pack(">BI", 0xDD, count)
        return head + b"".join(messages)


JSON = Json()
MSGPACK = MsgPack()


def wire_of(headers: Iterable[tuple[bytes, bytes]]) -> Wire:
    """Returns the form that a client asks for by the header Content-Type."""
    for name, value in headers:
        if name.lower() == b"content-type" and value.strip().lower().startswith(MSGPACK_TYPE):
            return MSGPACK
    return JSON


def frames(wire: Wire, messages: Iterable[bytes]) -> Iterator[bytes]:
    """Yields messages in lists of at most FRAME_BYTES."""
    held: list[bytes] = []
    size = 0
    for message in messages:
        if held and size + len(message) > FRAME_BYTES:
            yield wire.frame(held)
            held, size = [], 0
        held.append(message)
        size += len(message) + 1
    if held:
        yield wire.frame(held)
