"""Compression of answers, with zstd or gzip as the client prefers."""

import asyncio
import re
import zlib
from collections.abc import Callable
from typing import Protocol

import zstandard

from api.http.asgi import Headers, header, header_list, varying, with_header

SMALLEST = 1024  # bytes; less is one packet either way
IN_THREAD = 32 * 1024  # bytes; more would hold up other requests
LEVEL = 1  # of both: half the time of the default levels, for a fifth more bytes

COMPRESSIBLE = re.compile(
    rb"(text/|image/svg|application/([\w.-]+\+)?(json|x-ndjson|ndjson|javascript|xml"
    rb"|vnd\.apache\.arrow\.stream))"
)
ENCODINGS = ("zstd", "gzip")  # the faster one first

_QUALITY = re.compile(r"q=(0(\.\d{0,3})?|1(\.0{0,3})?)", re.ASCII)


class Compressor(Protocol):
    """The part that zlib and zstandard have in common."""

    def compress(self, block: bytes, /) -> bytes:
        """Takes a block and returns what there is to send."""

    def flush(self, mode: int = ..., /) -> bytes:
        """Returns the rest of what was taken."""


def chosen(accepted: str | None) -> str | None:
    """Returns the encoding that an Accept-Encoding prefers; None for none."""
    if not accepted:
        return None
    qualities = dict(map(_parsed, accepted.lower().split(",")))
    default = qualities.get("*", 0.0)
    best = max(ENCODINGS, key=lambda name: qualities.get(name, default))
    quality = qualities.get(best, default)
    return best if quality > 0 and quality >= qualities.get("identity", 0.0) else None


def _parsed(part: str) -> tuple[str, float]:
    name, *parameters = (text.strip() for text in part.split(";"))
    for parameter in parameters:
        match = _QUALITY.fullmatch(parameter.replace(" ", ""))
        return name, float(match[1]) if match else 0.0
    return name, 1.0


def is_compressible(headers: Headers) -> bool:
    """Returns whether an answer with these headers gets smaller."""
    media_type = header(headers, b"content-type") or b""
    return bool(COMPRESSIBLE.match(media_type)) and header(headers, b"content-encoding") is None


async def whole(request: Headers, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """Returns the headers and the body of an answer as the client wants them."""
    if not is_compressible(headers):
        return headers, body
    headers = varying(headers, "Accept-Encoding")
    name = chosen(header_list(request, b"accept-encoding"))
    if name is None or len(body) < SMALLEST:
        return headers, body
    compressor = _COMPRESSORS[name]()
    body = await _run(lambda: compressor.compress(body) + compressor.flush(), len(body))
    headers = with_header(headers, b"content-length", str(len(body)).encode())
    return with_header(headers, b"content-encoding", name.encode()), body


class Stream:
    """Compresses an answer block by block; each can be read once it has arrived."""

    def __init__(self, request: Headers, headers: Headers) -> None:
        self.headers = headers
        self._name = None
        if is_compressible(headers):
            self._name = chosen(header_list(request, b"accept-encoding"))
            self.headers = varying(headers, "Accept-Encoding")
        if self._name:
            self.headers = with_header(self.headers, b"content-encoding", self._name.encode())
            self._compressor = _COMPRESSORS[self._name]()

    async def block(self, body: bytes, more: bool) -> bytes:
        """Returns the bytes to send for a block, of which the last has no more after it."""
        if not self._name or not (body or not more):
            return body
        compressor = self._compressor
        ends = (_BLOCK_ENDS[self._name],) if more else ()
        return await _run(lambda: compressor.compress(body) + compressor.flush(*ends), len(body))


async def _run(compress: Callable[[], bytes], size: int) -> bytes:
    if size < IN_THREAD:
        return compress()
    return await asyncio.get_running_loop().run_in_executor(None, compress)


_COMPRESSORS: dict[str, Callable[[], Compressor]] = {
    "zstd": lambda: zstandard.ZstdCompressor(level=LEVEL).compressobj(),
    "gzip": lambda: zlib.compressobj(LEVEL, wbits=31),
}
_BLOCK_ENDS = {"zstd": zstandard.COMPRESSOBJ_FLUSH_BLOCK, "gzip": zlib.Z_SYNC_FLUSH}
