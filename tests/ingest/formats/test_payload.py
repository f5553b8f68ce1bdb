"""Bytes around JSON: frames, byte order marks, and what is no JSON at all."""

import gzip
import struct

import pytest

from ingest.formats.events import Trade
from tests.ingest import made
from tests.ingest.formats.rejected import assert_rejected

TICK = b'{"symbol":"A","price":10.25,"volume":3,"timestamp":1772193900}'


def framed(body, schema=7):
    return b"\0" + struct.pack(">I", schema) + body


@pytest.mark.parametrize(
    "value",
    [
        framed(TICK),
        framed(b" \n" + TICK, schema=0x7B000001),
        framed(b"\xef\xbb\xbf" + TICK),
        framed(b"[" + TICK + b"]"),
        b"\xef\xbb\xbf" + TICK,
    ],
    ids=["registry", "registry-blanks", "registry-mark", "registry-list", "mark"],
)
def test_json_behind_a_frame_is_read(value):
    [trade] = made.decoded(value)
    assert isinstance(trade, Trade)


@pytest.mark.parametrize(
    "body, name",
    [
        pytest.param(b"\x0cAAPL\x00\x01\x02", "Avro", id="avro"),
        pytest.param(b"\x00\x0a\x02\x02", "Avro", id="avro-that-begins-with-zero"),
        pytest.param(b"\0" + b"\x0a\x04AAPL", "Protobuf", id="protobuf"),
        pytest.param(
            b"\0\x0a\x04AAPL\x11" + b"12345678\x1d1234\x20\xac\x02",
            "Protobuf",
            id="all-wires",
        ),
        pytest.param(b"\x04\x02\x00" + b"\x0a\x04AAPL", "Protobuf", id="protobuf-of-two-indexes"),
        pytest.param(b"\0" + b"\x0a\x40AAPL", "Avro", id="cut-off"),
        pytest.param(b"\0" + b"\xff" * 20, "Avro", id="endless-number"),
    ],
)
def test_another_encoding_behind_a_registrys_frame_is_named_with_its_schema(body, name):
    reason = f"framed by a schema registry as {name}"
    assert_rejected(framed(body), reason, f"{reason}, schema id 7")


@pytest.mark.parametrize(
    "value, reason",
    [
        (TICK.decode().encode("utf-16"), "text in UTF-16"),
        (TICK.decode().encode("utf-16-le"), "text in UTF-16"),
        (TICK.decode().encode("utf-16-be"), "text in UTF-16"),
        (b"\xfe\xff" + TICK.decode().encode("utf-16-be"), "text in UTF-16"),
        (TICK.decode().encode("utf-32"), "text in UTF-32"),
        (gzip.compress(TICK, mtime=0), "compressed with gzip"),
        (b"\x28\xb5\x2f\xfd" + TICK, "compressed with zstd"),
        (b"Obj\x01" + TICK, "an Avro file"),
        (b"PAR1" + TICK, "a Parquet file"),
    ],
)
def test_what_is_no_json_is_rejected_by_its_name(value, reason):
    assert_rejected(value, reason, "not JSON in UTF-8")


def test_numbers_that_are_none_are_read_where_they_are_not_needed():
    [trade] = made.decoded(TICK[:-1] + b',"vwap":NaN,"change":-Infinity}')
    assert trade.symbol == "A"
    assert_rejected(TICK[:-1] + b',"vwap":NaN', "not JSON")
