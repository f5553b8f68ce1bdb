"""Answers are compressed as the client prefers, if that makes them smaller."""

import asyncio
import gzip
import zlib
from typing import Any

import httpx
import pytest
import zstandard

from api.http import encoding
from api.http.asgi import Fields
from tests.api.store import Store, minutes

JSON = {b"content-type": b"application/json", b"content-length": b"4000"}
BODY = b'{"t":1}\n' * 500


@pytest.mark.parametrize(
    "accepted, name",
    [
        ("", None),
        ("gzip", "gzip"),
        ("gzip, deflate", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("GZIP", "gzip"),
        ("*", "zstd"),
        ("zstd;q=0.5, gzip;q=0.8", "gzip"),
        ("zstd; q=0, gzip", "gzip"),
        ("gzip;q=0", None),
        ("identity;q=1, gzip;q=0.5", None),
        ("*;q=0", None),
        ("br", None),
        ("gzip;q=nonsense", None),
        ("identity", None),
        ("gzip;q=0.001", "gzip"),
        (",,;q=1", None),
    ],
)
def test_the_encoding_is_the_one_that_the_client_prefers(accepted: str, name: str | None) -> None:
    assert encoding.chosen(accepted.encode()) == name


def _whole(accepted: bytes, fields: Fields, body: bytes) -> tuple[Fields, bytes]:
    fields = dict(fields)
    name = encoding.negotiate({b"accept-encoding": accepted}, fields)
    return fields, asyncio.run(encoding.encode(name, fields, body)) if name else body


@pytest.mark.parametrize("size", [500, 50_000])  # the larger one is compressed in a thread
def test_whole_answers_are_compressed(size: int) -> None:
    body = b'{"t":1}\n' * size
    headers, sent = _whole(b"gzip", JSON, body)
    assert gzip.decompress(sent) == body
    assert headers[b"content-encoding"] == b"gzip"
    assert headers[b"content-length"] == str(len(sent)).encode()
    headers, sent = _whole(b"zstd", JSON, body)
    assert zstandard.ZstdDecompressor().decompressobj().decompress(sent) == body


def test_small_answers_are_not_compressed_but_vary() -> None:
    headers, sent = _whole(b"gzip", JSON, b"{}")
    assert (sent, headers[b"vary"]) == (b"{}", b"Accept-Encoding")
    assert b"content-encoding" not in headers


@pytest.mark.parametrize(
    "fields",
    [
        {b"content-type": b"application/vnd.apache.parquet"},
        {b"content-type": b"image/png"},
        {b"content-type": b"application/json", b"content-encoding": b"br"},
        {},
    ],
    ids=["parquet", "png", "encoded already", "unknown"],
)
def test_what_is_compressed_already_is_left_alone(fields: Fields) -> None:
    assert _whole(b"gzip", fields, BODY) == (fields, BODY)


def test_streams_are_compressed_block_by_block() -> None:
    async def attempt(name: str) -> None:
        fields = {b"content-type": b"text/csv"}
        stream = encoding.Stream(name, fields)
        assert fields[b"content-encoding"] == name.encode()
        reader: Any = {
            "gzip": lambda: zlib.decompressobj(wbits=31),
            "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
        }[name]()
        for block, more in ((b"a,b\n", True), (b"1,2\n" * 20_000, True), (b"", False)):
            sent = await stream.block(block, more)
            assert reader.decompress(sent) == block

    for name in encoding.ENCODINGS:
        asyncio.run(attempt(name))


def test_bars_are_compressed_for_clients_that_want_it(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(200))
    sizes = {}
    for name in ("identity", "gzip", "zstd"):
        with api.stream("GET", "/v1/bars?symbols=A", headers={"Accept-Encoding": name}) as answer:
            raw = b"".join(answer.iter_raw())
        sizes[name] = len(raw)
        assert int(answer.headers["content-length"]) == len(raw)
        assert "Accept-Encoding" in answer.headers["vary"]
        assert answer.headers.get("content-encoding", "identity") == name
    assert sizes["gzip"] < sizes["identity"] / 3
    assert sizes["zstd"] < sizes["identity"] / 3
