"""Publishes lines unchanged: each is one message, in whatever format.

Only the loader decodes them; a publisher reads no more of a line than its symbol, for the key.
"""

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

import msgspec

from db.errors import UsageError
from ingest.batch.age import AgeLimits, find_old
from ingest.kafka import producer, topics
from ingest.kafka.producer import Advance, OutgoingMessage, Published
from ingest.kafka.settings import KafkaSettings

STDIN = "-"
MAX_LINE_BYTES = 999_000  # librdkafka takes 1,000,000 with the key
MAX_KEY_LENGTH = 256

T = TypeVar("T")


class _Entry(msgspec.Struct):
    """The fields in which an event of an accepted format has its symbol, the likeliest first.

    Some formats have other things under the same letters, but no text where a symbol comes later.
    """

    symbol: Any = None
    s: Any = None
    instId: Any = None  # noqa: N815
    product_id: Any = None
    S: Any = None
    instrument: Any = None


class _Event(msgspec.Struct):
    trades: list[_Entry] = []
    tickers: list[_Entry] = []


class _Line(_Entry):
    """The places in which a message has its events."""

    data: list[_Entry] | _Entry | None = None
    events: list[_Event] = []
    arg: _Entry | None = None


_decoder = msgspec.json.Decoder(_Line | list[_Line])


def publish(
    settings: KafkaSettings,
    file: str,
    *,
    topic: str = topics.LIVE,
    limits: AgeLimits | None = None,
    advance: Advance = lambda _bytes: None,
) -> Published:
    """Publishes the lines of a file, of a .gz file or of standard input (`-`), skipping blank ones.

    Ends before the first line that is older than `limits` allow. `advance` is called with the
    number of bytes read since its last call, uncompressed. `count` and `failures` of the result are
    in lines: a line of more than MAX_LINE_BYTES is a failure, the others are published. Raises
    UsageError if the file cannot be read, and as producer.publish().
    """
    failures: list[str] = []
    refused: list[str] = []
    with _open(file) as stream:
        made = messages(stream, failures, advance)
        if limits:
            made = _until_old(made, limits, refused)
        published = producer.publish(settings, topic, made)
    too_long = (f"{file}: {failure}" for failure in failures)
    return msgspec.structs.replace(
        published,
        failures=(*too_long, *published.failures),
        refused=refused[0] if refused else None,
    )


def find_too_old(
    file: str, limits: AgeLimits, advance: Advance = lambda _bytes: None
) -> str | None:
    """Returns a line about the first event of a file that is older than `limits` allow, if any.

    Raises UsageError if the file cannot be read.
    """
    refused: list[str] = []
    with _open(file) as stream:
        for _ in _until_old(messages(stream, [], advance), limits, refused):
            pass
    return refused[0] if refused else None


def _until_old(
    made: Iterable[OutgoingMessage], limits: AgeLimits, refused: list[str]
) -> Iterator[OutgoingMessage]:
    for number, message in enumerate(made, 1):
        if old := find_old(message.value, limits):
            kind, time = old
            refused.append(f"message {number} is of {time}, and {limits[kind].sentence}")
            return
        yield message


def size(file: str) -> int | None:
    """Returns the bytes that publish() will read, or None if that is not known yet."""
    known = can_be_read_twice(file) and not file.endswith(".gz")
    return Path(file).stat().st_size if known else None


def can_be_read_twice(file: str) -> bool:
    """Returns whether a file is one, and neither a pipe nor standard input."""
    return file != STDIN and Path(file).is_file()


def messages(
    stream: BinaryIO, failures: list[str], advance: Advance = lambda _bytes: None
) -> Iterator[OutgoingMessage]:
    """Yields a message for each line; adds to `failures` a text for each that is too long."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            failures.append(f"line {number} is longer than {MAX_LINE_BYTES} bytes")
            advance(_skip_rest(stream))
        elif not line.isspace():
            value = line.rstrip(b"\r\n")
            yield OutgoingMessage(key(value), value)
        advance(len(line))


def _skip_rest(stream: BinaryIO) -> int:
    skipped = 0
    while part := stream.readline(MAX_LINE_BYTES):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped


def key(value: bytes) -> str | None:
    """Returns the symbol of a message in any accepted format: the first one in a frame."""
    try:
        lines = _decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None  # it is published all the same; the loader rejects it with a reason
    entries = [entry for line in _listed(lines)[:1] for entry in _entries(line)]
    return next((symbol for entry in entries if (symbol := _symbol(entry))), None)


def _entries(line: _Line) -> Iterator[_Entry]:
    yield line
    yield from _listed(line.data)[:1]
    for event in line.events[:1]:
        yield from (event.trades + event.tickers)[:1]
    yield from _listed(line.arg)


def _listed(found: list[T] | T | None) -> list[T]:
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def _symbol(entry: _Entry) -> str | None:
    for name in _Entry.__struct_fields__:
        symbol = getattr(entry, name)
        if isinstance(symbol, str) and 0 < len(symbol) <= MAX_KEY_LENGTH:
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
