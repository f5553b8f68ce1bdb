"""Publishes lines unchanged: each is one message, in whatever format; so is each item of a list.

Only the loader decodes them; a publisher reads no more of a line than its symbol, for the key.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO, TypeVar

import msgspec

from db.errors import UsageError
from ingest.batch.age import AgeLimits, find_old
from ingest.files import json_list, opened
from ingest.files.opened import Opened
from ingest.kafka import producer, topics
from ingest.kafka.producer import Advance, OutgoingMessage, Published
from ingest.kafka.settings import KafkaSettings

MAX_LINE_BYTES = 999_000  # librdkafka takes 1,000,000 with the key
MAX_KEY_LENGTH = 256
CELL_MARKS = (b",", b";", b"\t", b"|")

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
    """Publishes the lines of a file, a .gz file, a zip archive or standard input (`-`).

    A file that is one JSON list is published item by item. Blank lines are skipped. Ends before the
    first line that is older than `limits` allow. `advance` is called with the number of bytes read
    since its last call, packed as they are. `count` and `failures` of the result are in lines: a
    line of more than MAX_LINE_BYTES is a failure, the others are published; of a file that breaks
    off, those before that. Raises UsageError if the file cannot be read or is no JSON, and as
    producer.publish().
    """
    failures: list[str] = []
    refused: list[str] = []
    made: Iterator[OutgoingMessage] = of_file(file, failures, advance)
    if limits:
        made = _until_old(made, limits, refused)
    first = next(made, None)  # what is refused is refused before the broker is asked for
    rest = _until_broken(made, failures)
    published = producer.publish(settings, topic, chain([first] if first else [], rest))
    return msgspec.structs.replace(
        published,
        failures=(*failures, *published.failures),
        refused=refused[0] if refused else None,
    )


def _until_broken(
    made: Iterator[OutgoingMessage], failures: list[str]
) -> Iterator[OutgoingMessage]:
    try:
        yield from made
    except UsageError as error:
        failures.append(str(error))


def find_too_old(
    file: str, limits: AgeLimits, advance: Advance = lambda _bytes: None
) -> str | None:
    """Returns a line about the first event of a file that is older than `limits` allow, if any.

    Raises UsageError if the file cannot be read.
    """
    refused: list[str] = []
    for _ in _until_old(of_file(file, [], advance), limits, refused):
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


def of_file(
    file: str, failures: list[str], advance: Advance = lambda _bytes: None
) -> Iterator[OutgoingMessage]:
    """Yields the messages of a file; adds to `failures` a text for each that is left out.

    Raises UsageError if the file cannot be read or is no JSON.
    """
    for member in opened.members(file, advance):
        own: list[str] = []
        _check_is_json(member)
        if json_list.is_list(member.stream):
            for value in json_list.items(member.stream, MAX_LINE_BYTES, own):
                yield OutgoingMessage(key(value), value)
        else:
            yield from messages(opened.with_newlines(member.stream), own)
        failures += [f"{member.name}: {failure}" for failure in own]


def _check_is_json(member: Opened) -> None:
    """Raises UsageError for rows of cells, and for an object in several lines."""
    head = member.stream.peek(opened.HEAD_BYTES)[: opened.HEAD_BYTES]
    line = next(filter(None, head.strip().splitlines()), b"")
    if line.strip() == b"{":
        raise UsageError(
            f"{member.name}: its objects have several lines each: publish what jq -c . makes of it"
        )
    if line.startswith((b"{", b"[")) or not any(mark in line for mark in CELL_MARKS):
        return
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        raise UsageError(
            f"{member.name}: its first line is no JSON but looks like CSV: {_shown(line)};"
            " publish it with stockpulse publish csv"
        ) from None


def _shown(line: bytes) -> str:
    """Returns the beginning of a line as printable text."""
    text = repr(line.decode(errors="replace"))
    return text if len(text) <= 80 else f"{text[:77]}..."


def messages(stream: BinaryIO, failures: list[str]) -> Iterator[OutgoingMessage]:
    """Yields a message for each line; adds to `failures` a text for each that is too long."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            failures.append(f"line {number} is longer than {MAX_LINE_BYTES} bytes")
            _skip_rest(stream)
        elif not line.isspace():
            value = line.rstrip(b"\r\n")
            yield OutgoingMessage(key(value), value)


def _skip_rest(stream: BinaryIO) -> None:
    while part := stream.readline(MAX_LINE_BYTES):
        if part.endswith(b"\n"):
            break


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
