"""The frames of a file that zstd has packed, walked from header to header.

A decoder gives what it can of a file that is cut off, and does not say so.
"""

import os
import struct
from typing import BinaryIO

FRAME = b"\x28\xb5\x2f\xfd"
SKIPPABLE = range(0x184D2A50, 0x184D2A60)
DICTIONARY_BYTES = (0, 1, 2, 4)  # by the lowest two bits of a frame's descriptor
CONTENT_BYTES = (0, 2, 4, 8)  # by the highest two
SINGLE_SEGMENT, CHECKSUM = 0x20, 0x04
RAW, REPEATED, PACKED = 0, 1, 2  # kinds of blocks


class CutOff(Exception):
    """A file ends before its last frame does, or has something else behind a frame."""


def check(stream: BinaryIO) -> None:
    """Reads the headers of all frames; raises CutOff, with the reason."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    while stream.tell() < size:
        magic = _read(stream, 4)
        if magic == FRAME:
            _walk_frame(stream)
        elif struct.unpack("<I", magic)[0] in SKIPPABLE:
            stream.seek(struct.unpack("<I", _read(stream, 4))[0], os.SEEK_CUR)
        else:
            raise CutOff("a frame is followed by other bytes")
        if stream.tell() > size:
            raise CutOff("it ends within a frame")


def _walk_frame(stream: BinaryIO) -> None:
    descriptor = _read(stream, 1)[0]
    is_single = bool(descriptor & SINGLE_SEGMENT)
    content = CONTENT_BYTES[descriptor >> 6] or int(is_single)
    _read(stream, (not is_single) + DICTIONARY_BYTES[descriptor & 3] + content)
    is_last = False
    while not is_last:
        header = int.from_bytes(_read(stream, 3), "little")
        is_last, kind, length = bool(header & 1), header >> 1 & 3, header >> 3
        if kind not in (RAW, REPEATED, PACKED):
            raise CutOff("it has a block of an unknown kind")
        stream.seek(1 if kind == REPEATED else length, os.SEEK_CUR)
    if descriptor & CHECKSUM:
        _read(stream, 4)


def _read(stream: BinaryIO, count: int) -> bytes:
    found = stream.read(count)
    if len(found) < count:
        raise CutOff("it ends within a frame")
    return found
