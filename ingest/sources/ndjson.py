"""Publishes lines as they stand: each is one message, whatever its format.

What a line means is the loader's business; here it is only looked into for a key.
"""

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from db.errors import UsageError
from db.settings import Settings
from ingest.kafka import producer, topics
from ingest.kafka.producer import Advance, Message, Published

STDIN = "-"
MAX_LINE_BYTES = 999_000  # librdkafka takes 1,000,000 with the key
MAX_KEY_LENGTH = 256


class _Entry(msgspec.Struct):
    """One trade within a vendor's frame."""

    symbol: str | None = None
    s: str | None = None


class _Line(_Entry):
    """The places where the accepted formats keep a symbol."""

    data: list[_Entry] = []


_decoder = msgspec.json.Decoder(_Line)


def publish(
    settings: Settings,
    file: str,
    *,
    topic: str = topics.LIVE,
    advance: Advance = lambda _bytes: None,
) -> Published:
    """Publishes the lines of a file, of a .gz file or of standard input (`-`); skips empty ones.

    `advance` is told the bytes read. A line too long for Kafka is a failure, the others still go.
    """
    failures: list[str] = []
    with _open(file) as stream:
        made = messages(stream, failures, advance)
        published = producer.publish(settings, topic, made)
    mine = (f"{file}: {failure}" for failure in failures)
    return msgspec.structs.replace(published, failures=(*mine, *published.failures))


def size(file: str) -> int | None:
    """Returns the bytes that publish() will read, where that is known beforehand."""
    known = file != STDIN and not file.endswith(".gz") and Path(file).is_file()
    return Path(file).stat().st_size if known else None


def messages(
    stream: BinaryIO, failures: list[str], advance: Advance = lambda _bytes: None
) -> Iterator[Message]:
    """Yields a message for each line; adds to `failures` those that Kafka would not take."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            failures.append(f"line {number} is longer than {MAX_LINE_BYTES} bytes")
            advance(_skip_rest(stream))
        elif not line.isspace():
            value = line.rstrip(b"\r\n")
            yield Message(key(value), value)
        advance(len(line))


def _skip_rest(stream: BinaryIO) -> int:
    skipped = 0
    while part := stream.readline(MAX_LINE_BYTES):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped


def key(value: bytes) -> str | None:
    """Returns the symbol of a message in any accepted format; a frame's is its first trade's."""
    try:
        line = _decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None  # it goes all the same, and the loader says what is wrong with it
    for entry in (line, *line.data[:1]):
        symbol = entry.symbol or entry.s
        if symbol and len(symbol) <= MAX_KEY_LENGTH:
            return symbol
    return None


@contextmanager
def _open(file: str) -> Iterator[BinaryIO]:
    if file == STDIN:
        yield sys.stdin.buffer
        return
    opener = gzip.open if file.endswith(".gz") else open
    try:
        with opener(file, "rb") as stream:
            yield cast(BinaryIO, stream)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(f"{file}: not a whole gzip file ({error})") from error
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
