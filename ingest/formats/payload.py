"""The JSON value of a message's bytes, without the frames that serializers put around it."""

import json
from decimal import Decimal
from typing import Any

import msgspec

from ingest.formats.fields import Malformed

BOM = b"\xef\xbb\xbf"
LONGEST_INT = 4000  # digits; Python reads no more than 4,300
REGISTRY_MAGIC, REGISTRY_LENGTH = 0, 5  # a zero byte and the schema's id in four
# First bytes of what is no JSON.
SIGNATURES = {
    b"\xff\xfe\0\0": "text in UTF-32",
    b"\0\0\xfe\xff": "text in UTF-32",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
    b"{\0": "text in UTF-16",
    b"[\0": "text in UTF-16",
    b'"\0': "text in UTF-16",
    b'\0{\0"': "text in UTF-16",
    b"\0{\0}": "text in UTF-16",
    b"\0[\0{": "text in UTF-16",
    b"\x1f\x8b": "compressed with gzip",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"Obj\x01": "an Avro file",
    b"PAR1": "a Parquet file",
}
_ANY_SIGNATURE = tuple(SIGNATURES)
# Numbers with a point come as Decimal, exactly as they are written.
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def read(value: bytes) -> Any:
    """Returns a message's JSON value; raises Malformed, or RecursionError."""
    if value.startswith(_ANY_SIGNATURE):
        meaning = next(one for start, one in SIGNATURES.items() if value.startswith(start))
        raise Malformed(meaning, f"the message is {meaning}, not JSON in UTF-8")
    if value[0] == REGISTRY_MAGIC and any(value[1:REGISTRY_LENGTH]):
        value = _without_registry(value)
    value = value.removeprefix(BOM)
    try:
        return _decoder.decode(value)
    except (msgspec.ValidationError, ArithmeticError) as error:  # a number is too large
        return _read_odd_numbers(value, error)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if b"NaN" in value or b"Infinity" in value:
            return _read_odd_numbers(value, error)
        raise Malformed("not JSON", str(error)[:200]) from None


def _without_registry(value: bytes) -> bytes:
    """Returns the JSON behind the frame of a schema registry's serializer."""
    body = value[REGISTRY_LENGTH:]
    if body.removeprefix(BOM).lstrip()[:1] in (b"{", b"["):
        return body
    schema = int.from_bytes(value[1:REGISTRY_LENGTH])
    name = "Protobuf" if _is_protobuf_behind_indexes(body) else "Avro"
    reason = f"framed by a schema registry as {name}"
    raise Malformed(reason, f"the message is {reason}, schema id {schema}: only JSON is read")


def _is_protobuf_behind_indexes(body: bytes) -> bool:
    """Whether it is a Protobuf message behind the indexes of its type; Avro seldom looks so."""
    if body[:1] == b"\0":  # the first type
        return _is_protobuf(body[1:])
    count, start = _varint(body, 0)
    count >>= 1
    if not 0 < count <= 8:
        return False
    for _ in range(count):
        _index, start = _varint(body, start)
    return _is_protobuf(body[start:])


def _is_protobuf(body: bytes) -> bool:
    """Whether the bytes are fields one after the other: a number and wire type, then a value."""
    at = 0
    while at < len(body):
        tag, at = _varint(body, at)
        wire = tag & 7
        if not tag >> 3 or wire not in (0, 1, 2, 5):
            return False
        length, at = _varint(body, at) if wire in (0, 2) else (8 if wire == 1 else 4, at)
        at += 0 if wire == 0 else length
    return at == len(body)


def _varint(body: bytes, at: int) -> tuple[int, int]:
    """Returns a number of seven bits per byte, and where it ends; beyond the end it is zero."""
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(body):
            return 0, at + 1
        byte, at = body[at], at + 1
        number |= (byte & 127) << shift
        if byte < 128:
            break
    return number, at


def _read_odd_numbers(value: bytes, error: Exception) -> Any:
    """Returns JSON in which numbers are NaN or Infinity, as of Python's writer, or enormous.

    They matter only where a field is read: a key that nobody knows may have any.
    """
    try:
        return json.loads(value, parse_float=_number, parse_int=_whole, parse_constant=Decimal)
    except ValueError:
        raise Malformed("not JSON", str(error)[:200]) from None


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:  # of an exponent with 19 digits or more
        return Decimal("Infinity")


def _whole(text: str) -> int | Decimal:
    return int(text) if len(text) <= LONGEST_INT else Decimal("Infinity")
