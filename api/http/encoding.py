"""Compression of answers, with zstd or gzip as the client prefers."""

import asyncio
import re
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

import zstandard

from api.http.asgi import Fields, vary

SMALLEST = 1024  # bytes; less is one packet either way
IN_THREAD = 32 * 1024  # bytes; more would hold up other requests
LEVEL = 1  # of both: a third of the time of the default levels, for a fifth more bytes

# Streams of events are not: each would have a compressor of its own, of hundreds of kilobytes.
COMPRESSIBLE = re.compile(
    rb"(text/(?!event-stream)|image/svg|application/([\w.-]+\+)?(json|x-ndjson|ndjson|javascript|xml"
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


@lru_cache(256)  # clients have few; a cache keeps only so many that are invented
def chosen(accepted: bytes) -> str | None:
    """Returns the encoding that an Accept-Encoding prefers; None for none."""
    parts = accepted.decode("latin-1").lower().split(",")
    qualities = dict(map(_parsed, parts))
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


def negotiate(request: Fields, fields: Fields) -> str | None:
    """Returns the encoding of an answer with these headers, to which it adds Vary."""
    if b"content-encoding" in fields or not COMPRESSIBLE.match(fields.get(b"content-type", b"")):
        return None
    vary(fields, b"Accept-Encoding")
    return chosen(request.get(b"accept-encoding", b""))


async def encode(name: str, fields: Fields, body: bytes) -> bytes:
    """Returns a body that is larger than SMALLEST in an encoding, which its headers then name."""
    if len(body) < SMALLEST:
        return body
    compressor = _COMPRESSORS[name]()
    body = await _run(lambda: compressor.compress(body) + compressor.flush(), len(body))
    fields[b"content-encoding"] = name.encode()
    fields[b"content-length"] = str(len(body)).encode()
    return body


class Stream:
    """Compresses an answer block by block; each can be read once it has arrived."""

    def __init__(self, name: str, fields: Fields) -> None:
        fields[b"content-encoding"] = name.encode()
        self._compressor = _COMPRESSORS[name]()
        self._block_end = _BLOCK_ENDS[name]

    async def block(self, body: bytes, more: bool) -> bytes:
        """Returns the bytes to send for a block, of which the last has no more after it."""
        if more and not body:
            return body
        compressor, ends = self._compressor, (self._block_end,) if more else ()
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
